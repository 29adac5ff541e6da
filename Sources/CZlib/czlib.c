#include "czlib.h"

#include <string.h>

// Added to the window bits, this selects the gzip format (zlib.h, inflateInit2 and deflateInit2).
enum { gzip_format = 16 };

int zg_inflate_open(z_stream *stream) { return inflateInit2(stream, MAX_WBITS + gzip_format); }

int zg_deflate_open(z_stream *stream, int level, int window_bits, int memory_level) {
    return deflateInit2(stream, level, Z_DEFLATED, window_bits + gzip_format, memory_level, Z_DEFAULT_STRATEGY);
}

enum zg_fault zg_inflate_fault(const z_stream *stream) {
    const char *message = stream->msg;
    if (message == NULL) return zg_fault_corrupt;
    if (strcmp(message, "incorrect header check") == 0) return zg_fault_header;
    if (strcmp(message, "incorrect data check") == 0) return zg_fault_crc;
    if (strcmp(message, "incorrect length check") == 0) return zg_fault_length;
    return zg_fault_corrupt;
}
