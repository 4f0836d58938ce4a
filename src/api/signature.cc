#include "api/signature.h"

#include "api/canonical.h"
#include "api/signature_v3.h"

namespace herald::api {
namespace {

constexpr std::size_t shown_bytes_max = 64 * 1024;

// openapi-gateway.md, section 3, steps 3 and 4.
void write_string_to_sign(Sink& sink, std::string_view http_method,
                          std::span<const Parameter> sorted) {
  sink.add(http_method);
  sink.add("&%2F&");
  bool first = true;
  for (const Parameter& parameter : sorted) {
    if (parameter.name == "Signature") continue;
    add_parameter(sink, parameter, encoded_marks, first);
    first = false;
  }
}

Result<Claim> read_v1(const Params& params) {
  Claim claim{.scheme = Scheme::v1};
  struct Common {
    std::string_view name;
    std::string_view Claim::* place;
  };
  static constexpr Common commons[] = {
      {"Action", &Claim::action},
      {"Version", &Claim::version},
      {"AccessKeyId", &Claim::access_key},
      {"SignatureMethod", &Claim::method},
      {"SignatureVersion", &Claim::method_version},
      {"SignatureNonce", &Claim::nonce},
      {"Timestamp", &Claim::timestamp},
      {"Signature", &Claim::signature},
  };
  for (const Common& common : commons) {
    const auto value = params.one(common.name);
    if (!value) return tl::unexpected(value.error());
    claim.*common.place = value->value_or("");
    if ((claim.*common.place).empty()) {
      return fail(Code::missing_parameter, std::string(common.name));
    }
  }
  const auto token = params.one("SecurityToken");
  if (!token) return tl::unexpected(token.error());
  claim.security_token = token->value_or("");
  return claim;
}

}  // namespace

Scheme scheme_of(const HttpRequest& request) {
  return request.header("authorization").starts_with("ACS3-") ? Scheme::v3 : Scheme::v1;
}

Result<Claim> read_claim(const HttpRequest& request, const Params& params) {
  return scheme_of(request) == Scheme::v3 ? v3::read_claim(request) : read_v1(params);
}

std::string sign_v1(std::string_view secret, std::string_view http_method,
                    std::span<const Parameter> sorted) {
  const std::string key = std::string(secret) + '&';
  HashSink sink(Hasher::hmac(Digest::sha1, key));
  write_string_to_sign(sink, http_method, sorted);
  return to_base64(sink.digest());
}

bool is_signed(const Claim& claim, const HttpRequest& request, const Params& params,
               std::string_view secret) {
  if (claim.scheme == Scheme::v3) return v3::is_signed(claim, request, params, secret);
  return equal_in_constant_time(sign_v1(secret, request.method, params.sorted()), claim.signature);
}

std::string mismatch_message(const Claim& claim, const HttpRequest& request, const Params& params) {
  TextSink sink(shown_bytes_max);
  if (claim.scheme == Scheme::v3) {
    v3::write_mismatch(sink, claim, request, params);
  } else {
    sink.add("Specified signature is not matched with our calculation. server string to sign is:");
    write_string_to_sign(sink, request.method, params.sorted());
  }
  return sink.text();
}

}  // namespace herald::api
