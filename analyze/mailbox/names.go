package mailbox

import (
	"strings"
	"sync"
)

// usualNames is how nearly all fields of nearly all messages are named.
const usualNames = `
Received Return-Path Delivered-To X-Original-To Envelope-To Delivery-Date
From Sender Reply-To To Cc Bcc Subject Date Message-ID Message-Id In-Reply-To References
MIME-Version Mime-Version Content-Type Content-Transfer-Encoding Content-Disposition Content-Language Content-Length
DKIM-Signature DomainKey-Signature Authentication-Results Received-SPF ARC-Seal ARC-Message-Signature
ARC-Authentication-Results Feedback-ID User-Agent Organization Importance Priority Precedence Errors-To Lines Status
List-Id List-Post List-Help List-Unsubscribe List-Subscribe List-Archive List-Unsubscribe-Post List-Owner
X-Mailer X-MimeOLE X-Priority X-MSMail-Priority X-BeenThere X-Mailman-Version X-Mailing-List X-Loop X-Status X-Keywords
X-Google-DKIM-Signature X-Google-Smtp-Source X-Gm-Message-State X-Received
X-Spam-Status X-Spam-Level X-Spam-Checker-Version X-Spam-Flag X-Spam-Score X-Spam-Report X-Virus-Scanned
X-Forefront-Antispam-Report X-Forefront-Antispam-Report-Untrusted X-Microsoft-Antispam X-Microsoft-Antispam-Untrusted
X-Microsoft-Antispam-Mailbox-Delivery X-Microsoft-Antispam-Message-Info X-Microsoft-Antispam-PRVS
X-MS-Exchange-Organization-SCL X-MS-Exchange-Organization-PCL X-MS-Exchange-Organization-AuthSource
X-MS-Exchange-Organization-AuthAs X-MS-Exchange-Organization-Network-Message-Id X-MS-Exchange-Organization-ExpirationStartTime
X-MS-Exchange-Organization-ExpirationStartTimeReason X-MS-Exchange-Organization-ExpirationInterval
X-MS-Exchange-Organization-ExpirationIntervalReason X-MS-Exchange-Organization-MessageDirectionality
X-MS-Exchange-AtpMessageProperties X-MS-Exchange-CrossTenant-Id X-MS-Exchange-CrossTenant-AuthSource
X-MS-Exchange-CrossTenant-AuthAs X-MS-Exchange-CrossTenant-FromEntityHeader X-MS-Exchange-CrossTenant-OriginalArrivalTime
X-MS-Exchange-CrossTenant-Network-Message-Id X-MS-Exchange-Transport-CrossTenantHeadersStamped
X-MS-Exchange-Transport-EndToEndLatency X-MS-Exchange-Processed-By-BccFoldering X-MS-Office365-Filtering-Correlation-Id
X-MS-PublicTrafficType X-MS-TrafficTypeDiagnostic X-MS-UserLastLogonTime X-EOPAttributedMessage X-EOPTenantAttributedMessage
X-SID-PRA X-SID-Result X-Sender-IP X-Message-Info X-Message-Delivery X-IncomingTopHeaderMarker X-IncomingHeaderCount
X-Originating-IP Thread-Topic Thread-Index Accept-Language
`

var usualKeys = sync.OnceValue(func() map[string]string {
	keys := map[string]string{}
	for _, name := range strings.Fields(usualNames) {
		keys[name] = strings.ToLower(name)
	}
	return keys
})

// key is a field name in lower case. The table saves a copy of the usual ones.
func key(name string) string {
	if k, ok := usualKeys()[name]; ok {
		return k
	}
	return strings.ToLower(name)
}
