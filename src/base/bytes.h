#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace herald {

// Bytes that many hold and nobody changes: one payload for a hundred sends.
class SharedBytes {
 public:
  SharedBytes() = default;
  // `view` stays valid for as long as `owner` lives.
  SharedBytes(std::shared_ptr<const void> owner, std::string_view view)
      : owner_(std::move(owner)), view_(view) {}

  static SharedBytes copy_of(std::string_view bytes) {
    auto owned = std::make_shared<const std::string>(bytes);
    const std::string_view view = *owned;
    return {std::move(owned), view};
  }

  std::string_view view() const { return view_; }
  std::size_t size() const { return view_.size(); }

 private:
  std::shared_ptr<const void> owner_;
  std::string_view view_;
};

}  // namespace herald
