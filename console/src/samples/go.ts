import { lines, protocolOf, type Call, type Pair } from './call';
import { quoted } from './quote';

const query = (pairs: Pair[]) => pairs.length === 0 ? '' : `\t\tQuery: map[string]*string{
${lines(pairs, (name, value) => `\t\t\t${quoted(name)}: dara.String(${quoted(value)}),`)}\t\t},\n`;
const body = (pairs: Pair[]) => pairs.length === 0 ? '' : `\t\tBody: map[string]interface{}{
${lines(pairs, (name, value) => `\t\t\t${quoted(name)}: ${quoted(value)},`)}\t\t},\n`;

export const go = (call: Call): string => `// go get github.com/alibabacloud-go/darabonba-openapi/v2/client
package main

import (
	"encoding/json"
	"log"
	"os"

	openapi "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	"github.com/alibabacloud-go/tea/dara"
)

func main() {
	client, err := openapi.NewClient(&openapi.Config{
		AccessKeyId:     dara.String(os.Getenv("ALIBABA_CLOUD_ACCESS_KEY_ID")),
		AccessKeySecret: dara.String(os.Getenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET")),
		Endpoint:        dara.String(${quoted(call.host)}),
		Protocol:        dara.String("${protocolOf(call)}"),
	})
	if err != nil {
		log.Fatal(err)
	}
	params := &openapi.Params{
		Action:      dara.String("${call.action}"),
		Version:     dara.String("${call.version}"),
		Protocol:    dara.String("${protocolOf(call)}"),
		Pathname:    dara.String("/"),
		Method:      dara.String("POST"),
		AuthType:    dara.String("AK"),
		Style:       dara.String("RPC"),
		ReqBodyType: dara.String("formData"),
		BodyType:    dara.String("json"),
	}
	request := &openapi.OpenApiRequest{
${query(call.query)}${body(call.body)}	}
	answer, err := client.CallApi(params, request, &dara.RuntimeOptions{})
	if err != nil {
		log.Fatal(err)
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(answer["body"]); err != nil {
		log.Fatal(err)
	}
}
`;
