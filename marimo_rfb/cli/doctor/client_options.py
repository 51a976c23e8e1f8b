"""What every request of the doctor has in common."""

import ssl
from dataclasses import dataclass, field

__all__ = ["TIMEOUT_S", "ClientOptions"]

# Of each step.
TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientOptions:
    """How to log in, and whom to trust.

    Attributes:
        token: of the stream, or of the notebook's server.
        insecure: continue although a certificate is not trusted.
    """

    token: str | None = field(default=None, repr=False)
    insecure: bool = False

    @property
    def authorization(self) -> dict[str, str]:
        """The header with which marimo and Jupyter accept a token."""
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    def tls_context(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if self.insecure:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context
