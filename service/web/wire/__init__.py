"""HTTP on the socket: what a worker process does before and after the application's threads."""
