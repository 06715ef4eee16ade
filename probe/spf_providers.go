package probe

// spfProvidersDate is of when the table is.
const spfProvidersDate = "2026-11"

// spfProviders are names that the SPF records of customers include, and whose they are:
// those that stand in the setup instructions of the providers. A name stands for all names
// below it. None is here whose include is made for one customer alone.
var spfProviders = [...]struct{ domain, name string }{
	// Mailboxes.
	{"_spf.google.com", "Google Workspace"},
	{"spf.protection.outlook.com", "Microsoft 365"},
	{"zoho.com", "Zoho"},
	{"zoho.eu", "Zoho"},
	{"zohomail.com", "Zoho"},
	{"zohomail.eu", "Zoho"},
	{"icloud.com", "Apple iCloud"},
	{"spf.messagingengine.com", "Fastmail"},
	{"_spf.protonmail.ch", "Proton Mail"},
	{"_spf.yandex.net", "Yandex"},
	{"_spf.mail.ru", "Mail.ru"},
	{"emailsrvr.com", "Rackspace"},
	{"spf.titan.email", "Titan"},
	{"_mailcust.gandi.net", "Gandi"},
	{"spf.infomaniak.ch", "Infomaniak"},
	{"mx.ovh.com", "OVH"},
	{"secureserver.net", "GoDaddy"},
	{"spf.privateemail.com", "Namecheap"},
	{"spf.web-hosting.com", "Namecheap"},
	{"_spf.mail.hostinger.com", "Hostinger"},
	{"_spf.perfora.net", "IONOS"},
	{"_spf.kundenserver.de", "IONOS"},
	{"websitewelcome.com", "HostGator"},
	{"bluehost.com", "Bluehost"},

	// Gates that mail goes through.
	{"relay.mailchannels.net", "MailChannels"},
	{"_spf.mx.cloudflare.net", "Cloudflare Email Routing"},
	{"_netblocks.mimecast.com", "Mimecast"},
	{"spf.ess.barracudanetworks.com", "Barracuda"},
	{"spf.messagelabs.com", "Symantec Email Security"},
	{"spf.hornetsecurity.com", "Hornetsecurity"},

	// Mail by programs and to many.
	{"amazonses.com", "Amazon SES"},
	{"sendgrid.net", "SendGrid"},
	{"mailgun.org", "Mailgun"},
	{"spf.mtasv.net", "Postmark"},
	{"sparkpostmail.com", "SparkPost"},
	{"spf.mailjet.com", "Mailjet"},
	{"spf.smtp2go.com", "SMTP2GO"},
	{"_spf.elasticemail.com", "Elastic Email"},
	{"spf.mandrillapp.com", "Mailchimp Transactional"},
	{"servers.mcsv.net", "Mailchimp"},
	{"spf.sendinblue.com", "Brevo"},
	{"spf.brevo.com", "Brevo"},
	{"mktomail.com", "Marketo"},
	{"_spf.createsend.com", "Campaign Monitor"},
	{"cust-spf.exacttarget.com", "Salesforce Marketing Cloud"},
	{"_spf.mlsend.com", "MailerLite"},
	{"rp.oracleemaildelivery.com", "Oracle Email Delivery"},

	// Services that write to customers.
	{"_spf.salesforce.com", "Salesforce"},
	{"mail.zendesk.com", "Zendesk"},
	{"email.freshdesk.com", "Freshdesk"},
	{"helpscoutemail.com", "Help Scout"},
	{"hubspotemail.net", "HubSpot"},
	{"stspg-customer.com", "Statuspage"},
	{"_spf.atlassian.net", "Atlassian"},
}
