import { allPairs, type Call } from './call';
import { quotedForShell as quoted } from './quote';

const form = (call: Call) => allPairs(call)
  .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
  .join('&');

// Signed as V3: an empty query, and all parameters in the body, which may be longer than an
// argument of a command may be.
export const curl = (call: Call): string => `#!/bin/bash
# Needs nothing but bash, openssl and curl.
set -euo pipefail
: "\${ALIBABA_CLOUD_ACCESS_KEY_ID:?}" "\${ALIBABA_CLOUD_ACCESS_KEY_SECRET:?}"
${call.secure ? '# With the development certificate: export CURL_CA_BUNDLE=data/tls/ca.pem\n' : ''}
host=${quoted(call.host)}
body=${quoted(form(call))}
date=$(date -u +%Y-%m-%dT%H:%M:%SZ)
nonce=$(openssl rand -hex 16)
sha256() { openssl dgst -sha256 "$@" -hex | sed 's/^.* //'; }

hash=$(printf %s "$body" | sha256)
signed='content-type;host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version'
canonical="POST
/

content-type:application/x-www-form-urlencoded
host:$host
x-acs-action:${call.action}
x-acs-content-sha256:$hash
x-acs-date:$date
x-acs-signature-nonce:$nonce
x-acs-version:${call.version}

$signed
$hash"
signature=$(printf 'ACS3-HMAC-SHA256\\n%s' "$(printf %s "$canonical" | sha256)" |
  sha256 -hmac "$ALIBABA_CLOUD_ACCESS_KEY_SECRET")

printf %s "$body" | curl -sS "${call.secure ? 'https' : 'http'}://$host/" \\
  -H "Authorization: ACS3-HMAC-SHA256 Credential=$ALIBABA_CLOUD_ACCESS_KEY_ID,SignedHeaders=$signed,Signature=$signature" \\
  -H 'accept: application/json' \\
  -H 'content-type: application/x-www-form-urlencoded' \\
  -H 'x-acs-action: ${call.action}' \\
  -H "x-acs-content-sha256: $hash" \\
  -H "x-acs-date: $date" \\
  -H "x-acs-signature-nonce: $nonce" \\
  -H 'x-acs-version: ${call.version}' \\
  --data-binary @-
echo
`;
