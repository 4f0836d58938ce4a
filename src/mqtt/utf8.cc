#include "mqtt/utf8.h"

#include "base/utf8.h"

namespace herald::mqtt {

bool is_text(std::string_view bytes) {
  for (bytes.remove_prefix(plain_size(bytes)); !bytes.empty();) {
    const auto code = take_code_point(bytes);
    if (!code || *code == 0) return false;
  }
  return true;
}

}  // namespace herald::mqtt
