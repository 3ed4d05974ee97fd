"""An MCP server with one tool, on standard input and output."""

# The type checker runs where these libraries are not installed.
# mypy: disable-error-code="import-not-found, untyped-decorator"

from mcp.server.fastmcp import FastMCP

server = FastMCP("adder")


@server.tool()
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


if __name__ == "__main__":
    server.run()
