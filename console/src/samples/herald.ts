import { allPairs, type Call } from './call';
import { quotedForShell as quoted } from './quote';

// The command speaks plain HTTP, which the port answers beside HTTPS.
export const herald = (call: Call): string => `# ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET say who calls.
herald call --endpoint ${quoted(call.host)} ${call.action}${allPairs(call)
  .map(([name, value]) => ` \\\n  --${name} ${quoted(value)}`).join('')}
`;
