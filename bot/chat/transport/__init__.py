"""Transport of updates and answers, durable and in order, without knowing what they are about."""
