"""文书: facts frozen from items, put on paper through templates that the office may restyle."""
