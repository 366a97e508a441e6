"""What people type: dates, amounts, links and the labels of choices, in the words of any language."""
