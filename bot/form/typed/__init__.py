"""What people type on a phone, understood: dates, amounts, links, and words that find a choice."""
