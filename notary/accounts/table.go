package accounts

import "slices"

// Resource is a kind of thing that a request is about.
type Resource string

// The resources. Content is what instruments said and what follows from it.
const (
	Site            Resource = "site"            // name, place, business; its register is Register
	Register        Resource = "register"        // codes, owner, coordinates of a site
	Reading         Resource = "reading"         // values, history, records, the stream
	Evidence        Resource = "evidence"        // evidence files
	Alarm           Resource = "alarm"           // alarms with their life
	Acknowledgement Resource = "acknowledgement" // that somebody has seen an alarm
	AlarmStatement  Resource = "alarm-statement" // what somebody says about an alarm
	AlarmStep       Resource = "alarm-step"      // either of the two: who may do one of them may ask
	Coverage        Resource = "coverage"        // what was to be sent, and what is missing; no values
	Health          Resource = "health"          // of the evidence and of the log; no values
	Search          Resource = "search"
	Gateway         Resource = "gateway"   // gateways, enrolment codes, revocation
	Authority       Resource = "authority" // what waits for the authority's signature
	Metrics         Resource = "metrics"
	Account         Resource = "account"     // accounts of others, their sessions and tokens
	Self            Resource = "self"        // one's own name, password and sessions
	Token           Resource = "token"       // one's own access tokens
	Certificate     Resource = "certificate" // of a key that reads live values over MQTT in one\'s name
	Webhook         Resource = "webhook"     // where events are sent to, under its maker's rights
	Audit           Resource = "audit"       // who changed what, and who signed in
)

// Action is what is done to it.
type Action string

// The actions.
const (
	Read   Action = "read"
	Add    Action = "add"
	Change Action = "change"
	Remove Action = "remove"
)

// Resources lists all, in the order of the table in docs.
func Resources() []Resource {
	return []Resource{Site, Register, Reading, Evidence, Alarm, Acknowledgement, AlarmStatement, AlarmStep, Coverage, Health, Search,
		Gateway, Authority, Metrics, Account, Self, Token, Certificate, Webhook, Audit}
}

// Actions lists all.
func Actions() []Action { return []Action{Read, Add, Change, Remove} }

// right is one cell: an action on a resource.
type right struct {
	Action   Action
	Resource Resource
}

// table says who may do what. What is not here, nobody may do.
var table = map[right][]Role{
	{Read, Site}:     {Operator, Centre, Inspector, Company, Auditor, Public, Keeper, Local},
	{Read, Register}: {Operator, Centre, Inspector, Company, Auditor, Keeper, Local},
	// Who runs the machine does not decide which district or owner a site has.
	{Change, Register}: {Centre, Keeper},

	{Read, Reading}:  {Centre, Inspector, Company, Auditor, Keeper, Local},
	{Read, Evidence}: {Centre, Inspector, Company, Auditor, Keeper, Local},
	{Read, Search}:   {Centre, Inspector, Company, Auditor, Keeper, Local},
	{Read, Alarm}:    {Centre, Inspector, Company, Auditor, Keeper, Local},

	{Add, Acknowledgement}: {Centre, Inspector, Keeper},
	{Add, AlarmStatement}:  {Centre, Inspector, Company, Keeper},
	{Add, AlarmStep}:       {Centre, Inspector, Company, Keeper},

	{Read, Coverage}: {Operator, Centre, Inspector, Company, Auditor, Keeper, Local},
	{Read, Health}:   {Operator, Centre, Inspector, Company, Auditor, Keeper, Local},

	{Read, Gateway}:   {Operator, Centre, Auditor, Keeper, Local},
	{Add, Gateway}:    {Operator, Keeper},
	{Change, Gateway}: {Operator, Keeper},
	{Read, Authority}: {Operator, Auditor, Keeper, Local},
	{Read, Metrics}:   {Operator, Keeper, Local},

	{Read, Account}:   {Operator, Auditor, Keeper},
	{Add, Account}:    {Operator, Keeper},
	{Change, Account}: {Operator, Keeper},
	{Remove, Account}: {Operator, Keeper},
	{Read, Audit}:     {Auditor, Keeper},

	{Read, Self}:    {Operator, Centre, Inspector, Company, Auditor, Public, Keeper, Local},
	{Change, Self}:  {Operator, Centre, Inspector, Company, Auditor, Public},
	{Remove, Self}:  {Operator, Centre, Inspector, Company, Auditor, Public},
	{Read, Token}:   {Operator, Centre, Inspector, Company, Auditor},
	{Add, Token}:    {Operator, Centre, Inspector, Company, Auditor},
	{Remove, Token}: {Operator, Centre, Inspector, Company, Auditor},

	{Read, Certificate}:   {Centre, Inspector, Company, Auditor, Keeper},
	{Add, Certificate}:    {Centre, Inspector, Company, Auditor},
	{Remove, Certificate}: {Centre, Inspector, Company, Auditor, Keeper},

	{Read, Webhook}:   {Centre, Keeper},
	{Add, Webhook}:    {Centre, Keeper},
	{Remove, Webhook}: {Centre, Keeper},
}

// Allows is the table: whether a role may do this at all. Which sites it
// concerns is [Viewer.Sees].
func Allows(r Role, a Action, of Resource) bool {
	return slices.Contains(table[right{a, of}], r)
}

// Whole says whether a resource concerns every site at once: who is limited to
// some does not get it.
func (r Resource) Whole() bool { return r == Metrics || r == Authority || r == Audit }
