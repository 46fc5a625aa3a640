"""What the tests sign and sign in with. None of it opens anything outside of them."""

PASSWORD = "linen-sand-olive-7"
APP_SECRET = "the-apps-secret-0123456789abcdef"
VERIFY_TOKEN = "the-verify-token"
ACCESS_TOKEN = "the-access-token"
SECRET_KEY = "a secret key for the tests and for nothing else"
ENCRYPTION_KEY = "aGVscGRlc2stdGVzdHMta2V5LTMyLWJ5dGVzLWxvbmc="
