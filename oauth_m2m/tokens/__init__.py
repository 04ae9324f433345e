"""What a token is: how it is issued, and the one door through which it is verified."""

from oauth_m2m.tokens.issue import issue_token
from oauth_m2m.tokens.verify import prove_token, verify_token

__all__ = ["issue_token", "prove_token", "verify_token"]
