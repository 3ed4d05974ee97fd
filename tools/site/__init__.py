"""What `nox -s site` calls: the pictures, the strict build with its checks, and the browser."""
