"""A reading or an event becomes a card; a card becomes an embed, plain text or a chart."""
