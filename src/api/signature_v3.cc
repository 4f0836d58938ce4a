#include "api/signature_v3.h"

#include <algorithm>
#include <array>
#include <vector>

namespace herald::api::v3 {
namespace {

constexpr std::string_view algorithm = "ACS3-HMAC-SHA256";
constexpr std::string_view content_hash = "x-acs-content-sha256";
// Far above any client's list; bounds the work before a caller is known.
constexpr std::size_t signed_headers_max = 64;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Calls `visit` with each part of `text` between separators.
template <class Visit>
void each_part(std::string_view text, char separator, Visit visit) {
  while (!text.empty()) {
    const auto end = std::min(text.find(separator), text.size());
    visit(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

using Names = std::vector<std::string_view>;

// Strictly ascending, as all clients write them: what stands twice would be signed twice. Errors:
// signature_incomplete.
Result<Names> signed_names(const Claim& claim) {
  Names names;
  bool fits = true;
  each_part(claim.signed_headers, ';', [&](std::string_view name) {
    const std::string_view last = names.empty() ? std::string_view() : names.back();
    fits = fits && names.size() < signed_headers_max && last < name;
    if (fits) names.push_back(name);
  });
  if (!fits) return fail(Code::signature_incomplete, "SignedHeaders");
  return names;
}

// The header is there once and signed. Where it stands twice, the value that is acted on would not
// be the one that is signed. Errors: signature_incomplete.
Result<void> check_signed(const HttpRequest& request, const Names& names, std::string_view name) {
  const auto same = std::ranges::count(
      request.headers, name, [](const auto& header) { return std::string_view(header.first); });
  if (same == 1 && !request.header(name).empty() && std::ranges::binary_search(names, name)) {
    return {};
  }
  return fail(Code::signature_incomplete, std::string(name));
}

// Several headers of one name are sorted and joined with commas.
void add_headers(Sink& sink, const HttpRequest& request, const Names& names) {
  std::vector<std::pair<std::string_view, std::string_view>> headers;
  for (const auto& [name, value] : request.headers) {
    if (std::ranges::binary_search(names, std::string_view(name))) {
      headers.emplace_back(name, trimmed(value));
    }
  }
  std::ranges::sort(headers);
  auto at = headers.begin();
  for (const std::string_view name : names) {
    sink.add(name);
    sink.add(":");
    for (bool first = true; at != headers.end() && at->first == name; ++at, first = false) {
      if (!first) sink.add(",");
      sink.add(at->second);
    }
    sink.add("\n");
  }
}

// The parts come in any order: `Credential=…,SignedHeaders=…,Signature=…`.
Claim read_authorization(std::string_view header) {
  Claim claim{.scheme = Scheme::v3};
  const auto space = std::min(header.find(' '), header.size());
  claim.method = header.substr(0, space);
  each_part(header.substr(space), ',', [&](std::string_view part) {
    part = trimmed(part);
    const auto equals = std::min(part.find('='), part.size());
    const std::string_view key = part.substr(0, equals);
    const std::string_view value = part.substr(std::min(equals + 1, part.size()));
    if (key == "Credential") claim.access_key = value;
    if (key == "SignedHeaders") claim.signed_headers = value;
    if (key == "Signature") claim.signature = value;
  });
  return claim;
}

void write_canonical_request(Sink& sink, const Claim& claim, const HttpRequest& request,
                             const Params& params) {
  sink.add(request.method);
  sink.add("\n/\n");
  bool first = true;
  for (const Parameter& parameter : params.sorted()) {
    if (!parameter.from_query) continue;  // The body's are covered by its hash.
    add_parameter(sink, parameter, plain_marks, first);
    first = false;
  }
  sink.add("\n");
  add_headers(sink, request, signed_names(claim).value());  // read_claim() has checked them.
  sink.add("\n");
  sink.add(claim.signed_headers);
  sink.add("\n");
  sink.add(request.header(content_hash));
}

std::string string_to_sign(const Claim& claim, const HttpRequest& request, const Params& params) {
  HashSink canonical(Hasher::hash(Digest::sha256));
  write_canonical_request(canonical, claim, request, params);
  return std::string(algorithm) + '\n' + to_hex(canonical.digest());
}

}  // namespace

Result<Claim> read_claim(const HttpRequest& request) {
  Claim claim = read_authorization(request.header("authorization"));
  claim.action = request.header("x-acs-action");
  claim.version = request.header("x-acs-version");
  claim.timestamp = request.header("x-acs-date");
  claim.nonce = request.header("x-acs-signature-nonce");
  claim.security_token = request.header("x-acs-security-token");

  // Called what they are called in V1, so that one table of errors serves both.
  const std::pair<std::string_view, std::string_view> commons[] = {
      {"Action", claim.action},          {"Version", claim.version},
      {"AccessKeyId", claim.access_key}, {"SignatureNonce", claim.nonce},
      {"Timestamp", claim.timestamp},    {"Signature", claim.signature},
  };
  for (const auto& [name, value] : commons) {
    if (value.empty()) return fail(Code::missing_parameter, std::string(name));
  }
  const auto names = signed_names(claim);
  if (!names) return tl::unexpected(names.error());
  // What decides about a call has to be signed; what else the client signs is its choice.
  static constexpr std::array<std::string_view, 6> required = {
      "host", "x-acs-action", "x-acs-version", "x-acs-date", "x-acs-signature-nonce", content_hash};
  for (const std::string_view name : required) {
    if (auto fits = check_signed(request, *names, name); !fits) return tl::unexpected(fits.error());
  }
  if (!request.body.empty()) {  // Its type decides whether it is parameters.
    auto fits = check_signed(request, *names, "content-type");
    if (!fits) return tl::unexpected(fits.error());
  }
  return claim;
}

bool is_signed(const Claim& claim, const HttpRequest& request, const Params& params,
               std::string_view secret) {
  if (claim.method != algorithm) return false;
  const std::string to_sign = string_to_sign(claim, request, params);
  const std::string expected = to_hex(hmac(Digest::sha256, secret, to_sign));
  // The signature covers the hash that the header names; that has to be the body's.
  return equal_in_constant_time(expected, claim.signature) &&
         to_hex(hash(Digest::sha256, request.body)) == request.header(content_hash);
}

void write_mismatch(Sink& sink, const Claim& claim, const HttpRequest& request,
                    const Params& params) {
  sink.add("Specified signature does not match our calculation. server StringToSign is [");
  sink.add(string_to_sign(claim, request, params));
  sink.add("] server CanonicalRequest is [");
  write_canonical_request(sink, claim, request, params);
  sink.add("]");
}

}  // namespace herald::api::v3
