"""Updates, fetched by polling or posted to a webhook."""
