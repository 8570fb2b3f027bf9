// The system's libcrypto (OpenSSL), for digests.
#include <openssl/evp.h>
