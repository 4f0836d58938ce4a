import { lines, protocolOf, type Call, type Pair } from './call';
import { quoted } from './quote';

const entries = (map: string, pairs: Pair[]) =>
  lines(pairs, (name, value) => `    ${map}.put(${quoted(name)}, ${quoted(value)});`);
const body = (pairs: Pair[]) => `    Map<String, Object> body = new HashMap<>();\n${entries('body', pairs)}`;

export const java = (call: Call): string => `// Maven: com.aliyun:tea-openapi:0.3.6
import com.aliyun.teaopenapi.Client;
import com.aliyun.teaopenapi.models.Config;
import com.aliyun.teaopenapi.models.OpenApiRequest;
import com.aliyun.teaopenapi.models.Params;
import com.aliyun.teautil.Common;
import com.aliyun.teautil.models.RuntimeOptions;
import java.util.HashMap;
import java.util.Map;

public class Sample {
  public static void main(String[] args) throws Exception {
    Client client = new Client(new Config()
        .setAccessKeyId(System.getenv("ALIBABA_CLOUD_ACCESS_KEY_ID"))
        .setAccessKeySecret(System.getenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET"))
        .setEndpoint(${quoted(call.host)})
        .setProtocol("${protocolOf(call)}"));
    Params params = new Params()
        .setAction("${call.action}")
        .setVersion("${call.version}")
        .setProtocol("${protocolOf(call)}")
        .setPathname("/")
        .setMethod("POST")
        .setAuthType("AK")
        .setStyle("RPC")
        .setReqBodyType("formData")
        .setBodyType("json");
    Map<String, String> query = new HashMap<>();
${entries('query', call.query)}${call.body.length > 0 ? body(call.body) : ''}    OpenApiRequest request = new OpenApiRequest().setQuery(query)${call.body.length > 0 ? '.setBody(body)' : ''};
    Map<String, ?> answer = client.callApi(params, request, new RuntimeOptions());
    System.out.println(Common.toJSONString(answer.get("body")));
  }
}
`;
