"""Command /stats: numbers of reports by kind and place, and times to decision, as text and charts. They are
made when they are sent, so that the batch does not wait."""
