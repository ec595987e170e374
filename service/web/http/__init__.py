"""What every request passes through: access, caching, limits, errors, headers, the request log."""
