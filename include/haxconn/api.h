/* What the library exports: nothing but the functions that a public header marks so. */
#ifndef HAXCONN_API_H
#define HAXCONN_API_H

/* The library is compiled with hidden visibility. */
#define HAX_API __attribute__((visibility("default")))

#endif
