// The system's libcrypto (OpenSSL), for digests, and for its own version.
#include <openssl/crypto.h>
#include <openssl/evp.h>
