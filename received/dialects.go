package received

// dialects is every mail server family that is known, in the order in which they
// are tried: what names itself first, then what its host name and its shape give
// away, then shape alone. Sources and real lines: reference/received-dialects.md,
// whose row numbers stand behind the entries.
var dialects = []dialect{
	// Remarks in the shape of a trace field.
	{name: "qmail", when: qmailNote, order: nameOnly, kind: Note, sure: Certain},                 // 10
	{name: "qmail-scanner", with: "qmail-scanner", order: nameOnly, kind: Filter, sure: Certain}, // 12
	{name: "nullmailer", when: nullmailer, order: nameOnly, kind: Note, sure: Certain},
	{name: "tessian", when: tessian, order: nameOnly, kind: Note, sure: Certain},
	{name: "indimail", when: indimail, order: nameOnly, kind: Note, sure: Certain},
	{name: "spamassassin", with: "SpamAssassin", order: nameOnly, kind: Filter, sure: Certain},        // 71
	{name: "fetchmail", product: "fetchmail", order: rdnsFirst, kind: Fetch, sure: Certain},           // 67
	{name: "fetchmail", product: "single-drop", order: rdnsFirst, kind: Fetch, sure: Certain},         // 67
	{name: "fetchmail", product: "multi-drop", order: rdnsFirst, kind: Fetch, sure: Certain},          // 67
	{name: "getmail", product: "getmail", order: rdnsFirst, kind: Fetch, sure: Certain},               // 67
	{name: "getmail", with: "POP3", order: rdnsFirst, kind: Fetch, sure: Guess},                       // 67
	{name: "squirrelmail", product: "SquirrelMail", order: nameOnly, kind: Submission, sure: Certain}, // 66
	{name: "nasmail", product: "NaSMail", order: nameOnly, kind: Submission, sure: Certain},           // 66
	{name: "horde", product: "Horde", order: nameOnly, kind: Submission, sure: Certain},               // 66
	{name: "imp", product: "IMP", order: nameOnly, kind: Submission, sure: Certain},                   // 66
	{name: "roundcube", product: "HTTP/", order: nameOnly, kind: Submission, sure: Likely},            // 66
	{name: "roundcube", product: "Roundcube", order: nameOnly, kind: Submission, sure: Certain},       // 66

	// Microsoft.
	{name: "m365", with: "Microsoft SMTP Server", when: byOutlook, order: heloOnly, noName: RDNSNotRecorded, sure: Certain}, // 14
	{name: "m365", with: "mapi", when: byOutlook, order: heloOnly, noName: RDNSNotRecorded, kind: Delivery, sure: Certain},  // 16
	{name: "m365", with: "HTTP", when: byOutlook, order: heloOnly, noName: RDNSNotRecorded, kind: Delivery, sure: Certain},  // 15
	{name: "exchange", with: "Microsoft SMTP Server", order: heloOnly, noName: RDNSNotRecorded, sure: Certain},              // 14, 17
	{name: "exchange", with: "Microsoft Exchange", order: heloOnly, noName: RDNSNotRecorded, sure: Certain},                 // 17
	{name: "exchange", with: "mapi", order: heloOnly, noName: RDNSNotRecorded, kind: Delivery, sure: Certain},               // 16
	{name: "microsoft-smtpsvc", with: "Microsoft SMTPSVC", when: pickup, order: nameOnly, kind: Local, sure: Certain},       // 17
	{name: "microsoft-smtpsvc", with: "Microsoft SMTPSVC", order: heloOnly, noName: RDNSNotRecorded, sure: Certain},         // 17
	{name: "microsoft-smtpsvc", with: "TLS secured channel", order: heloOnly, noName: RDNSNotRecorded, sure: Likely},        // 17
	{name: "exchange-ims", with: "Internet Mail Service", order: nameOnly, sure: Certain},                                   // 17
	{name: "exchange-ims", product: "Microsoft Exchange Internet Mail", order: heloFirst, noName: RDNSNone, sure: Certain},  // 17
	{name: "hotmail", with: "HTTP", when: byHotmail, order: nameOnly, kind: Submission, sure: Likely},

	// Google.
	{name: "gmail-api", by: "gmailapi.google.com", order: nameOnly, kind: Submission, sure: Certain},                                     // 20
	{name: "gmail", by: ".google.com", id: gmailID, when: submitted, order: heloFirst, noName: RDNSNone, kind: Submission, sure: Likely}, // 20
	{name: "gmail", by: ".google.com", id: gmailID, order: heloFirst, noName: RDNSNone, sure: Likely},                                    // 18
	{name: "gmail", by: ".gmail.com", id: gmailID, order: heloFirst, noName: RDNSNone, kind: Submission, sure: Likely},                   // 20
	{name: "gmail", by: "googlemail.com", id: gmailID, order: heloFirst, noName: RDNSNone, sure: Likely},
	{name: "gmail-internal", when: byGoogleInside, order: nameOnly, sure: Likely}, // 19

	// What names itself in a comment behind by or with.
	{name: "postfix", product: "Postfix, from userid", order: nameOnly, kind: Local, sure: Certain}, // 2
	{name: "postfix", product: "Postfix", order: heloFirst, noName: RDNSNone, sure: Certain},        // 1, 3, 44, 45
	{name: "exim", product: "Exim", when: local, order: nameOnly, kind: Local, sure: Certain},       // 8
	{name: "exim", product: "Exim", order: rdnsFirst, noName: RDNSNone, sure: Certain},              // 7
	{name: "exim", product: "MailAnyone incSMTP Exim", order: rdnsFirst, noName: RDNSNone, sure: Certain},
	{name: "nemesis", product: "Nemesis", order: byShape, noName: RDNSNotRecorded, sure: Certain}, // 36
	{name: "opensmtpd", product: "OpenSMTPD", order: heloFirst, noName: RDNSNone, sure: Certain},  // 51
	{name: "amavis", product: "amavis", order: heloFirst, kind: Filter, sure: Certain},
	{name: "amavis", when: filterPort, order: heloFirst, kind: Filter, sure: Guess},                                        // 50
	{name: "authentication-milter", product: "Authentication Milter", order: heloFirst, kind: Filter, sure: Certain},       // 46
	{name: "cyrus", product: "Cyrus", order: heloFirst, kind: Delivery, sure: Certain},                                     // 46, 47
	{name: "dovecot", product: "Dovecot", order: nameOnly, kind: Delivery, sure: Certain},                                  // 48
	{name: "proofpoint", product: "PPS", order: heloFirst, noName: RDNSNone, sure: Certain},                                // 31
	{name: "proofpoint-filter", from: "pps.filterd", order: heloFirst, kind: Filter, sure: Certain},                        // 31
	{name: "haraka", product: "Haraka", order: heloFirst, noName: RDNSNone, sure: Certain},                                 // 52
	{name: "zonemta", product: "ZoneMTA", order: heloFirst, noName: RDNSNone, sure: Certain},                               // 53
	{name: "momentum", product: "ecelerity", order: rdnsOnly, noName: RDNSNone, sure: Certain},                             // 28
	{name: "powermta", product: "PowerMTA", order: heloFirst, sure: Certain},                                               // 25
	{name: "kumomta", product: "KumoMTA", order: heloOnly, noName: RDNSNotRecorded, sure: Certain},                         // 27
	{name: "halon", product: "Halon", order: heloFirst, sure: Certain},                                                     // 54
	{name: "mailchannels", product: "trex/", order: heloFirst, sure: Certain},                                              // 54
	{name: "zendesk", product: "Zendesk", order: heloFirst, noName: RDNSNone, sure: Certain},                               // 54
	{name: "sendgrid", product: "SG", when: exactlySG, order: nameOnly, sure: Certain},                                     // 22
	{name: "sendgrid", with: "SMTP", id: sendgridID, order: heloFirst, sure: Likely},                                       // 22
	{name: "mailchimp", product: "Mailchimp", order: heloFirst, sure: Certain},                                             // 24
	{name: "mandrill", by: "mandrillapp.com", order: nameOnly, kind: Submission, sure: Likely},                             // 24
	{name: "salesforce", product: "EaaS", order: heloFirst, sure: Certain},                                                 // 29
	{name: "symantec-gateway", product: "Symantec Messaging Gateway", order: heloFirst, sure: Certain},                     // 34
	{name: "symantec-gateway", product: "Symantec", order: heloFirst, sure: Certain},                                       // 34
	{name: "qpsmtpd", product: "qpsmtpd", order: rdnsFirst, sure: Certain},                                                 // 13
	{name: "qmail", product: "qmail", order: rdnsFirst, sure: Certain},                                                     // 11
	{name: "qmail", product: "qp ", order: rdnsFirst, sure: Certain},                                                       // 11
	{name: "communigate", product: "CommuniGate Pro", when: verified, order: rdnsFirst, sure: Certain},                     // 57
	{name: "communigate", product: "CommuniGate Pro", when: accountOnly, order: nameOnly, kind: Submission, sure: Certain}, // 57
	{name: "communigate", product: "CommuniGate Pro", order: byShape, sure: Certain},                                       // 57
	{name: "coremail", product: "Coremail", order: heloFirst, noName: RDNSNone, sure: Certain},                             // 41
	{name: "skyguard", product: "SkyGuard", order: heloFirst, noName: RDNSNone, sure: Certain},                             // 43
	{name: "knox", product: "KnoxPortal", order: heloFirst, noName: RDNSNone, sure: Certain},                               // 43
	{name: "tencent", product: "NewEsmtp", order: heloOnly, sure: Certain},
	{name: "tencent", by: ".qq.com", order: heloOnly, sure: Likely},
	{name: "fastmail", product: "MEProxy", order: heloFirst, sure: Certain}, // 46
	{name: "strato", product: "RZmta", order: heloFirst, sure: Certain},
	{name: "beehive", product: "Oracle Beehive", order: heloFirst, sure: Certain},
	{name: "dragonfly", product: "DragonFly Mail Agent", order: nameOnly, kind: Local, sure: Certain},
	{name: "nbsmtp", product: "nbSMTP", order: nameOnly, kind: Local, sure: Certain},
	{name: "firstclass", product: "FirstClass", order: heloOnly, sure: Certain},
	{name: "ik2", product: "IK2 SMTP", order: heloOnly, sure: Certain},
	{name: "cellopoint", product: "Cellopoint", order: heloOnly, sure: Certain}, // 43
	{name: "magicmail", product: "magicmail", order: rdnsFirst, sure: Certain},
	{name: "pgp-universal", product: "PGP Universal", order: heloOnly, kind: Filter, sure: Certain},
	{name: "proxmox", product: "Proxmox", order: heloFirst, noName: RDNSNone, sure: Certain},         // 54
	{name: "ciphermail", product: "CipherMail", order: heloFirst, noName: RDNSNone, sure: Certain},   // 54
	{name: "spamexperts", product: "SpamExperts", order: rdnsFirst, noName: RDNSNone, sure: Certain}, // 54
	{name: "aimc", product: "AIMC", order: heloOnly, sure: Certain},
	{name: "vircom", product: "Vircom", order: heloFirst, noName: RDNSNone, sure: Certain},
	{name: "ibm-gateway", with: "IBM ESMTP SMTP Gateway", order: nameOnly, kind: Gateway, sure: Certain},
	{name: "forcepoint", when: forcepoint, order: heloFirst, noName: RDNSNone, sure: Certain},
	{name: "yandex", product: "nwsmtp/", order: heloFirst, noName: RDNSNone, sure: Certain},              // 39
	{name: "yandex", product: "mail/Yandex", order: heloFirst, noName: RDNSNone, sure: Certain},          // 39
	{name: "yandex", product: "Yandex", order: heloFirst, noName: RDNSNone, sure: Certain},               // 39
	{name: "domino", product: "Lotus Domino", order: heloOnly, noName: RDNSNotRecorded, sure: Certain},   // 55
	{name: "domino", product: "Lotus SMTP MTA", order: heloOnly, noName: RDNSNotRecorded, sure: Certain}, // 55
	{name: "domino", product: "IBM Domino", order: heloOnly, noName: RDNSNotRecorded, sure: Certain},     // 55
	{name: "domino", product: "HCL Domino", order: heloOnly, noName: RDNSNotRecorded, sure: Certain},     // 55
	{name: "domino", with: "smtp.notes.", order: heloFirst, sure: Likely},                                // 55
	{name: "groupwise", with: "Novell_GroupWise", order: nameOnly, kind: Gateway, sure: Certain},         // 56
	{name: "groupwise", product: "Novell", order: heloOnly, sure: Certain},                               // 56
	{name: "mdaemon", product: "MDaemon", order: heloOnly, sure: Certain},                                // 58
	{name: "mailenable", with: "MailEnable", order: heloOnly, sure: Certain},                             // 59
	{name: "icewarp", product: "IceWarp", order: heloOnly, sure: Certain},                                // 60
	{name: "icewarp", product: "Merak", order: heloOnly, sure: Certain},                                  // 60
	{name: "visnetic", product: "VisNetic", order: heloOnly, sure: Certain},                              // 60
	{name: "kerio", product: "Kerio", order: heloFirst, sure: Certain},                                   // 60
	{name: "axigen", product: "Axigen", order: byShape, sure: Certain},                                   // 60
	{name: "mercury", product: "Mercury", order: heloOnly, sure: Certain},                                // 60
	{name: "rockliffe", product: "Rockliffe", order: heloFirst, sure: Certain},                           // 60
	{name: "imail", product: "SMTPD32", order: heloOnly, sure: Certain},                                  // 60
	{name: "argosoft", product: "ArGoSoft", order: heloOnly, sure: Certain},                              // 60
	{name: "post.office", product: "Post.Office", order: heloOnly, sure: Certain},                        // 60
	{name: "ntmail", product: "NTMail", order: heloOnly, sure: Certain},                                  // 60
	{name: "xmail", with: "[XMail", order: heloOnly, sure: Certain},                                      // 60
	{name: "surgemail", product: "SurgeMail", order: heloFirst, sure: Certain},                           // 60
	{name: "surgemail", product: "Surgemail", order: heloFirst, sure: Certain},                           // 60
	{name: "sun", product: "iPlanet Messaging", order: heloFirst, noName: RDNSNone, sure: Certain},       // 62
	{name: "sun", product: "Sun Java", order: heloFirst, noName: RDNSNone, sure: Certain},                // 62
	{name: "sun", product: "Sun Internet Mail", order: heloFirst, noName: RDNSNone, sure: Certain},       // 62
	{name: "sun", product: "Oracle Communications", order: heloFirst, noName: RDNSNone, sure: Certain},   // 62
	{name: "sun", product: "Netscape Messaging", order: heloFirst, noName: RDNSNone, sure: Certain},      // 62
	{name: "pmdf", product: "PMDF", order: heloFirst, noName: RDNSNone, sure: Certain},                   // 69
	{name: "intermail", product: "InterMail", order: heloOnly, noName: RDNSNotRecorded, sure: Certain},   // 63
	{name: "courier", product: "courier", order: heloFirst, noName: RDNSNone, sure: Certain},             // 65
	{name: "scalix", product: "Scalix", order: heloOnly, sure: Certain},
	{name: "stalwart", product: "Stalwart", order: heloFirst, noName: RDNSNone, sure: Certain},
	{name: "james", product: "JAMES SMTP", order: heloFirst, sure: Certain},
	{name: "interscan", product: "InterScan", order: heloOnly, sure: Certain}, // 35
	{name: "navgw", product: "NAVGW", order: heloOnly, sure: Certain},         // 69
	{name: "f-secure", product: "F-Secure", order: byShape, kind: Filter, sure: Certain},
	{name: "avg", product: "AVG", order: nameOnly, kind: Filter, sure: Certain},
	{name: "mimesweeper", product: "Content Technologies", order: heloFirst, sure: Certain},   // 71
	{name: "mimesweeper", product: "Clearswift", order: heloFirst, sure: Certain},             // 71
	{name: "tumbleweed", product: "Tumbleweed", order: heloFirst, sure: Certain},              // 71
	{name: "avmailgate", product: "AvMailGate", order: heloFirst, sure: Certain},              // 71
	{name: "messagewall", product: "MessageWall", order: heloFirst, sure: Certain},            // 71
	{name: "openxp", product: "OpenXP", order: nameOnly, sure: Certain},                       // 69
	{name: "openxp", product: "OpenMail", order: nameOnly, sure: Certain},                     // 69
	{name: "smail", product: "Smail", order: heloFirst, sure: Certain},                        // 69
	{name: "listserv", product: "LISTSERV", order: nameOnly, kind: List, sure: Certain},       // 68
	{name: "lsmtp", product: "LSMTP", order: heloFirst, sure: Certain},                        // 68
	{name: "lsmtp", product: "SMTPL", order: heloOnly, sure: Certain},                         // 68
	{name: "bulk_mailer", product: "bulk_mailer", order: nameOnly, kind: List, sure: Certain}, // 68
	{name: "majordomo", when: listexpand, order: nameOnly, kind: List, sure: Certain},         // 68
	{name: "ecartis", product: "ECARTIS", order: nameOnly, kind: List, sure: Certain},         // 68
	{name: "aol", product: "mail_out", order: nameOnly, sure: Certain},
	{name: "aol", product: "AOL", order: heloFirst, sure: Certain},
	{name: "cyrus", product: "sieved", order: nameOnly, kind: Delivery, sure: Certain},
	{name: "juno", product: "jqueuemail", order: nameOnly, sure: Certain},

	// What its host name and its shape give away.
	{name: "alibaba", by: "aliyun.com", when: mailfromComment, order: nameOnly, sure: Likely},                 // 42
	{name: "alibaba", by: "aliyun-inc.com", order: nameOnly, sure: Likely},                                    // 42
	{name: "mimecast", id: mimecastID, order: heloFirst, noName: RDNSNone, sure: Likely},                      // 30
	{name: "mimecast", by: "mimecast.com", order: heloFirst, noName: RDNSNone, sure: Likely},                  // 30
	{name: "proofpoint", by: "pphosted.com", order: heloFirst, noName: RDNSNone, sure: Likely},                // 31
	{name: "ironport", when: ironport, order: rdnsFirst, sure: Likely},                                        // 32
	{name: "messagelabs", by: "messagelabs.com", order: rdnsFirst, sure: Likely},                              // 34
	{name: "ses", by: "amazonaws.com", id: sesID, order: heloFirst, noName: RDNSNone, sure: Likely},           // 21
	{name: "ses", by: "amazonses.com", order: heloFirst, noName: RDNSNone, sure: Likely},                      // 21
	{name: "mailgun", by: "mailgun.net", with: "HTTP", order: nameOnly, kind: Gateway, sure: Likely},          // 23
	{name: "mailgun", by: "mailgun.net", order: heloFirst, sure: Likely},                                      // 23
	{name: "mailgun", by: "mailgun.org", order: heloFirst, noName: RDNSNone, sure: Likely},                    // 23
	{name: "mailgun", by: ".postgun.com", order: heloFirst, noName: RDNSNone, sure: Likely},                   // 23
	{name: "mailgun", id: mailgunID, when: tlsPairsBehindID, order: heloFirst, noName: RDNSNone, sure: Guess}, // 23
	{name: "tessian", by: ".getcheckrecipient.com", order: heloFirst, sure: Likely},
	{name: "postmark", by: "mtasv.net", order: heloFirst, sure: Likely}, // 26
	{name: "zmailer", when: zmailer, order: rdnsFirst, noName: RDNSNone, sure: Likely},
	{name: "barracuda", when: barracuda, order: heloFirst, noName: RDNSNone, sure: Guess},         // 33
	{name: "powermta", when: powermta, order: heloFirst, sure: Guess},                             // 25
	{name: "sparkpost", by: "sparkpostmail.com", order: rdnsOnly, sure: Likely},                   // 28
	{name: "zoho", when: byZoho, order: heloFirst, noName: RDNSNone, sure: Likely},                // 38
	{name: "zoho", by: "zohomail.com", order: heloFirst, noName: RDNSNone, sure: Likely},          // 38
	{name: "zoho", by: "zoho.com", order: heloFirst, noName: RDNSNone, sure: Likely},              // 38
	{name: "yahoo", with: "NNFMP", order: nameOnly, sure: Likely},                                 // 37
	{name: "yahoo", with: "SMTPs", when: ehloInCapitals, order: rdnsFirst, sure: Likely},          // 37
	{name: "yahoo", by: "yahoo.com", when: http, order: nameOnly, kind: Submission, sure: Likely}, // 37
	{name: "yahoo", by: "yahoo.com", order: rdnsFirst, sure: Likely},                              // 37
	{name: "yandex", by: ".yandex.net", order: heloFirst, noName: RDNSNone, sure: Likely},         // 39
	{name: "fastmail", by: ".internal", order: heloFirst, sure: Guess},                            // 46
	{name: "facebook", with: "Thrift", order: nameOnly, kind: Gateway, sure: Likely},              // 70
	{name: "gmx", by: ".gmx.net", when: http, order: nameOnly, kind: Submission, sure: Likely},
	{name: "gmx", by: ".gmx.net", order: rdnsFirst, sure: Likely},
	{name: "web.de", by: ".cinetic.de", when: http, order: nameOnly, kind: Submission, sure: Likely}, // 66
	{name: "obtuse-smtpd", when: obtuse, order: rdnsOnly, sure: Likely},                              // 69
	{name: "smap", when: smap, order: rdnsOnly, sure: Likely},                                        // 69
	{name: "raptor", when: raptor, order: nameOnly, sure: Likely},                                    // 69
	{name: "simta", when: simta, order: heloFirst, noName: RDNSNone, sure: Likely},                   // 69
	{name: "zimbra", when: lhlo, order: rdnsFirst, kind: Delivery, sure: Likely},                     // 49
	{name: "dovecot", with: "LMTP", id: dovecotID, order: nameOnly, kind: Delivery, sure: Likely},    // 40, 48

	// sendmail writes its version and that of its configuration, and often only
	// its id gives it away.
	{name: "sendmail", when: sendmailLocal, order: nameOnly, kind: Local, sure: Likely},          // 5
	{name: "sendmail", when: sendmailVersion, order: heloFirst, noName: RDNSNone, sure: Certain}, // 4, 6
	{name: "sendmail", id: sendmailID, order: heloFirst, noName: RDNSNone, sure: Likely},         // 4, 6
	{name: "sendmail", id: sendmail8ID, order: heloFirst, noName: RDNSNone, sure: Guess},         // 4

	// Shape alone.
	{name: "critical-path", id: criticalPathID, when: criticalPath, order: rdnsFirst, sure: Likely}, // 64
	{name: "critical-path", when: criticalPath, order: rdnsFirst, sure: Guess},                      // 64
	{name: "courier", id: courierID, order: heloFirst, noName: RDNSNone, sure: Likely},              // 65
	{name: "mailmarshal", id: mailmarshalID, order: heloFirst, noName: RDNSNone, sure: Likely},
	{name: "dovecot", with: "ESMTP", id: dovecotID, when: noDot22, order: heloOnly, noName: RDNSNotRecorded, sure: Guess}, // 48
	{name: "courier", with: "esmtp", when: courierShape, order: heloFirst, noName: RDNSNone, sure: Guess},                 // 65
	{name: "cloudmark", id: cloudmarkID, order: heloOnly, noName: RDNSNotRecorded, sure: Guess},
	{name: "cloudmark", with: "ME", when: exactlyME, order: heloOnly, noName: RDNSNotRecorded, sure: Likely},
	{name: "momentum", id: momentumID, order: rdnsOnly, noName: RDNSNone, sure: Guess},                    // 28
	{name: "symantec-gateway", id: symantecID, order: heloFirst, sure: Guess},                             // 34
	{name: "domino", id: dominoID, order: heloOnly, noName: RDNSNotRecorded, sure: Guess},                 // 55
	{name: "exim", id: eximID, when: lowerProtocol, order: rdnsFirst, noName: RDNSNone, sure: Likely},     // 7
	{name: "proofpoint", id: proofpointID, order: heloFirst, noName: RDNSNone, sure: Guess},               // 31
	{name: "postfix", id: postfixID, when: postfixShape, order: heloFirst, noName: RDNSNone, sure: Guess}, // 1
	{name: "ironport", when: ironportShape, order: rdnsFirst, sure: Guess},                                // 32
	{name: "hmailserver", when: hmailserver, order: heloFirst, noName: RDNSNone, sure: Guess},             // 61
	{name: "qmail", when: qmailShape, order: rdnsFirst, sure: Guess},                                      // 9
	{name: "webmail", when: http, order: nameOnly, kind: Submission, sure: Guess},                         // 66
}
