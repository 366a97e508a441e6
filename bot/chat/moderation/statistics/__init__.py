"""Command /stats: numbers of reports by kind and place, and times to decision, as text and charts, made when
they are sent."""
