// zlib's init functions are macros; these call them.
#ifndef ZG_CZLIB_H
#define ZG_CZLIB_H

#include <zlib.h>

#endif
