// The system's libcrypto (OpenSSL), for digests, and for its own version.
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <openssl/sha.h>
#include <stddef.h>

// SHA-256 of two pieces, without memory from the heap, which EVP takes for every digest. OpenSSL 3 prefers EVP.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
static inline void ccrypto_sha256_of_two(
    const unsigned char *first, size_t first_count, const unsigned char *second, size_t second_count,
    unsigned char digest[32]) {
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Update(&context, first, first_count);
  SHA256_Update(&context, second, second_count);
  SHA256_Final(digest, &context);
}
#pragma GCC diagnostic pop
