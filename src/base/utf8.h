#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

// Texts as strangers send them: UTF-8 (RFC 3629), or not.
namespace herald {

// Takes the first code point off a text that is not empty; none when it is not UTF-8, hence none of
// surrogates and overlong forms.
std::optional<char32_t> take_code_point(std::string_view& text);

// How many bytes at the start are readable ASCII, as all of most texts are: counted eight at a time.
std::size_t plain_size(std::string_view text);

// UTF-8 without control characters: what JSON and XML can both carry.
bool is_text(std::string_view text);
// The same with a question mark for each byte that does not belong; line ends stay.
std::string made_text(std::string_view bytes);

}  // namespace herald
