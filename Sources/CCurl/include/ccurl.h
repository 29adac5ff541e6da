// Typed doors to libcurl's variadic functions; Swift cannot call those itself.
#ifndef ZG_CCURL_H
#define ZG_CCURL_H

#include <curl/curl.h>

#endif
