// OpenSSL's macros as functions that Swift can call.
#ifndef ZG_COPENSSL_H
#define ZG_COPENSSL_H

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#endif
