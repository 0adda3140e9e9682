"""Names and addresses by which a machine means itself (本机)."""

HERE = "127.0.0.1"
LOOPBACK = (HERE, "localhost", "::1")
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - addresses are compared with these; none is bound
