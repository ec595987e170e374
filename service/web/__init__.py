"""HTTP: requests in, pages and JSON out. The only part that knows status codes."""
