#include "app/console_bundle.h"

#ifdef HERALD_CONSOLE_BUNDLE
// The assembler takes a file in as it is, which no language of ours can do yet.
asm(".section .rodata\n"
    ".global herald_console_begin\n"
    ".global herald_console_end\n"
    "herald_console_begin:\n"
    ".incbin \"" HERALD_CONSOLE_BUNDLE
    "\"\n"
    "herald_console_end:\n"
    ".byte 0\n"
    ".previous\n");

extern "C" const char herald_console_begin[], herald_console_end[];
#endif

namespace herald::app {

std::string_view console_bundle() {
#ifdef HERALD_CONSOLE_BUNDLE
  return {herald_console_begin, herald_console_end};
#else
  return {};
#endif
}

}  // namespace herald::app
