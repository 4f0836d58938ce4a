import { lines, protocolOf, type Call, type Pair } from './call';
import { quoted } from './quote';

const field = (name: string, type: string, pairs: Pair[]) => pairs.length === 0 ? '' : `            ${name} = new Dictionary<string, ${type}>
            {
${lines(pairs, (key, value) => `                { ${quoted(key)}, ${quoted(value)} },`)}            },\n`;

export const csharp = (call: Call): string => `// dotnet add package AlibabaCloud.OpenApiClient --version 0.1.13
using System;
using System.Collections.Generic;
using AlibabaCloud.OpenApiClient;
using AlibabaCloud.OpenApiClient.Models;
using AlibabaCloud.TeaUtil.Models;

public static class Sample
{
    public static void Main()
    {
        var client = new Client(new Config
        {
            AccessKeyId = Environment.GetEnvironmentVariable("ALIBABA_CLOUD_ACCESS_KEY_ID"),
            AccessKeySecret = Environment.GetEnvironmentVariable("ALIBABA_CLOUD_ACCESS_KEY_SECRET"),
            Endpoint = ${quoted(call.host)},
            Protocol = "${protocolOf(call)}",
        });
        var parameters = new Params
        {
            Action = "${call.action}",
            Version = "${call.version}",
            Protocol = "${protocolOf(call)}",
            Pathname = "/",
            Method = "POST",
            AuthType = "AK",
            Style = "RPC",
            ReqBodyType = "formData",
            BodyType = "json",
        };
        var request = new OpenApiRequest
        {
${field('Query', 'string', call.query)}${field('Body', 'object', call.body)}        };
        var answer = client.CallApi(parameters, request, new RuntimeOptions());
        Console.WriteLine(AlibabaCloud.TeaUtil.Common.ToJSONString(answer["body"]));
    }
}
`;
