// OpenSSL's macros as functions that Swift can call, and the few loops over its own containers.
#ifndef ZG_COPENSSL_H
#define ZG_COPENSSL_H

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stddef.h>

/// When a certificate expires, in seconds since 1970; -1 without one.
int64_t zg_x509_not_after(const X509 *certificate);

/// The same of the first certificate in a PEM text; -1 if the text contains no certificate.
int64_t zg_pem_not_after(const void *pem, int size);

/// Settings that every server context here has: TLS 1.2 or 1.3 at least, no renegotiation, no compression, AEAD ciphers with
/// forward secrecy, partial writes, and buffers released while a connection is idle. 1 on success.
int zg_ssl_ctx_harden(SSL_CTX *context, int minimum_minor);

/// Answers ALPN with http/1.1 and refuses a client that offers only others (RFC 7301).
void zg_ssl_ctx_alpn_http11(SSL_CTX *context);

/// Presents the certificate in `pem`, and those behind it as its chain. 1 on success.
int zg_ssl_ctx_use_chain(SSL_CTX *context, const void *pem, int size);

/// Trusts the authorities in `pem`, at least one, with their revocation lists, and names them to clients. 1 on success.
int zg_ssl_ctx_trust(SSL_CTX *context, const void *pem, int size);

/// No session is resumed whose client certificate has expired since: the client has to show one anew.
void zg_ssl_ctx_check_tickets(SSL_CTX *context);

/// The subject alternative name at `index` among a peer certificate's URI and DNS names, NUL-terminated in `out`.
/// Its length, 0 when there is none at that index. Passed over: names that do not fit or hold anything but visible ASCII (both
/// kinds are IA5String), DNS names with a colon and URIs without one.
size_t zg_ssl_peer_san(const SSL *ssl, int index, char *out, size_t capacity);

/// A new P-256 key and a certificate for it, good for `days` from an hour ago. Without `issuer` it is an authority that signs itself;
/// with it, a server's, for `names` (as subjectAltName in x509v3_config(5)). 1 on success; both are the caller's to free then.
int zg_issue_certificate(const char *common_name, const char *names, int days, X509 *issuer, EVP_PKEY *issuer_key, X509 **out,
                         EVP_PKEY **out_key);

/// The certificate in PEM, NUL-terminated in `out`. Its length, 0 when it does not fit.
size_t zg_certificate_pem(X509 *certificate, char *out, size_t capacity);

/// HKDF with SHA-256 and no salt (RFC 5869): `length` bytes from `key`, bound to `info`. 1 on success.
int zg_hkdf_sha256(const unsigned char *key, size_t key_length, const unsigned char *info, size_t info_length, unsigned char *out,
                   size_t length);

/// AES-256-GCM (NIST SP 800-38D): writes `length` bytes and a tag of 16 to `out`. 1 on success.
int zg_aes256gcm_seal(const unsigned char key[32], const unsigned char nonce[12], const unsigned char *data, size_t data_length,
                      const unsigned char *plain, size_t length, unsigned char *out);

/// Verifies and decrypts what `zg_aes256gcm_seal` wrote: `length` - 16 bytes to `out`, overwritten if the tag is wrong. 1 on success.
int zg_aes256gcm_open(const unsigned char key[32], const unsigned char nonce[12], const unsigned char *data, size_t data_length,
                      const unsigned char *sealed, size_t length, unsigned char *out);

/// The oldest error of this thread's queue in words, the queue emptied. The length written.
size_t zg_ssl_error_text(char *out, size_t capacity);

#endif
