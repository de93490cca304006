package client

import (
	"encoding/json"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/file"
)

// Paths of the centre.
const (
	CentreSitesPath = "/api/v1/centre/sites"
	PointsPath      = "/api/v1/points"
	HistoryPath     = "/api/v1/history"
	RecordsPath     = "/api/v1/records"
	HealthPath      = "/api/v1/health"
	SearchPath      = "/api/v1/search"
)

// List is one page of a list.
type List[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty" doc:"cursor of the next page; absent on the last"`
}

// Title is a name for people.
type Title struct {
	EN string `json:"en"`
	ZH string `json:"zh"`
}

// Point is a point's newest reading and how it stands.
type Point struct {
	Site     batch.ID  `json:"site"`
	Gateway  batch.ID  `json:"gateway"`
	Point    string    `json:"point"`
	Device   string    `json:"device"`
	Title    Title     `json:"title"`
	Unit     string    `json:"unit"`
	Value    string    `json:"value" doc:"exact decimal"`
	Time     int64     `json:"time" csv:"time" doc:"Unix µs, the gateway's clock"`
	Admitted int64     `json:"admitted" csv:"time" doc:"Unix µs at which the notary came to know it; 0: before its events were kept"`
	Marks    []string  `json:"marks"`
	Flag     string    `json:"flag,omitempty" doc:"the instrument's own, verbatim"`
	Index    uint64    `json:"index" doc:"of its batch in the log"`
	Leaf     uint32    `json:"leaf"`
	Boot     file.Boot `json:"boot"`
	Seq      uint64    `json:"seq"`
	State    string    `json:"state" enum:"sealed,logged,anchored (local),anchored"`
	Low      string    `json:"low,omitempty" doc:"limit of the configuration in force"`
	High     string    `json:"high,omitempty"`
	Expected int64     `json:"expected" doc:"slowest cadence in µs; 0: not known"`
	Blind    bool      `json:"blind"`
	Reason   string    `json:"reason,omitempty" doc:"what was sealed about its being blind"`
	Spark    []string  `json:"spark" doc:"newest values of its last minutes, oldest first"`
}

// Sample is one reading of a chart.
type Sample struct {
	Time  int64    `json:"time" csv:"time"`
	Value string   `json:"value"`
	Index uint64   `json:"index"`
	Leaf  uint32   `json:"leaf"`
	Marks []string `json:"marks"`
}

// Bucket sums up the readings of a span of a history.
type Bucket struct {
	From  int64  `json:"from" csv:"time"`
	Count uint64 `json:"count"`
	Min   Sample `json:"min"`
	Max   Sample `json:"max"`
	First Sample `json:"first"`
	Last  Sample `json:"last"`
}

// GapSpan is a sealed gap.
type GapSpan struct {
	From  int64  `json:"from" csv:"time"`
	To    int64  `json:"to" csv:"time"`
	Cause string `json:"cause"`
	Index uint64 `json:"index"`
	Leaf  uint32 `json:"leaf"`
}

// AlarmSpan is the time in which an alarm stood.
type AlarmSpan struct {
	ID   string `json:"id"`
	From int64  `json:"from" csv:"time"`
	To   int64  `json:"to" csv:"time" doc:"0: it stands"`
}

// History is a point over a time, down-sampled. From and To are those asked for,
// moved outwards to whole buckets where sums are answered.
type History struct {
	Site     batch.ID    `json:"site"`
	Point    string      `json:"point"`
	Unit     string      `json:"unit"`
	Units    []string    `json:"units,omitempty" doc:"other units that the point had; ask with unit="`
	From     int64       `json:"from" csv:"time"`
	To       int64       `json:"to" csv:"time"`
	Width    int64       `json:"width" doc:"of a bucket, µs"`
	Low      string      `json:"low,omitempty"`
	High     string      `json:"high,omitempty"`
	Buckets  []Bucket    `json:"buckets" doc:"those with a reading"`
	Gaps     []GapSpan   `json:"gaps"`
	MoreGaps bool        `json:"more_gaps,omitempty" doc:"there are more gaps than are told"`
	Alarms   []AlarmSpan `json:"alarms"`
	Readings uint64      `json:"readings"`
}

// Record is one leaf of a log entry.
type Record struct {
	Index   uint64         `json:"index"`
	Leaf    uint32         `json:"leaf"`
	Gateway batch.ID       `json:"gateway"`
	Site    batch.ID       `json:"site"`
	Boot    file.Boot      `json:"boot"`
	Seq     uint64         `json:"seq"`
	Kind    string         `json:"kind"`
	State   string         `json:"state"`
	Reading *RecordReading `json:"reading"`
	Frame   *RecordFrame   `json:"frame"`
	Gap     *RecordGap     `json:"gap,omitempty"`
	Event   *RecordEvent   `json:"event,omitempty"`
	Header  RecordHeader   `json:"header"`
	Anchor  *RecordAnchor  `json:"anchor,omitempty" doc:"none: not anchored yet"`
}

// RecordAnchor is the first final anchor over a log entry.
type RecordAnchor struct {
	Size        uint64 `json:"size" doc:"entries that it covers"`
	Block       uint64 `json:"block"`
	BlockHash   string `json:"block_hash" doc:"hex"`
	Time        int64  `json:"time" csv:"time" doc:"of the block, Unix µs"`
	Transaction string `json:"transaction,omitempty" doc:"hex; none where another outbox sent it"`
}

// RecordReading is a reading as it was sealed.
type RecordReading struct {
	Point      string   `json:"point"`
	Value      string   `json:"value"`
	Unit       string   `json:"unit"`
	Time       int64    `json:"time" csv:"time"`
	Mono       uint64   `json:"mono" doc:"µs since the machine started"`
	Path       string   `json:"path" doc:"by which it was acquired"`
	Flag       string   `json:"flag,omitempty"`
	Marks      []string `json:"marks"`
	Instrument int64    `json:"instrument,omitempty" doc:"the instrument's own time, Unix µs"`
}

// RecordFrame is the exchange with the instrument, byte for byte.
type RecordFrame struct {
	Index    uint64 `json:"index" doc:"log entry that it stands in"`
	Leaf     uint32 `json:"leaf"`
	Bus      string `json:"bus"`
	Device   string `json:"device"`
	Sent     string `json:"sent" doc:"hex"`
	Received string `json:"received" doc:"hex"`
	Outcome  string `json:"outcome"`
	Opened   string `json:"opened,omitempty" doc:"hex; what encrypted content says"`
	Topic    string `json:"topic,omitempty"`
}

// RecordGap is a gap as it was sealed.
type RecordGap struct {
	Points []string `json:"points"`
	From   int64    `json:"from" csv:"time"`
	To     int64    `json:"to" csv:"time"`
	Cause  string   `json:"cause"`
	Missed uint64   `json:"missed,omitempty"`
}

// RecordEvent is an event as it was sealed.
type RecordEvent struct {
	Type    string `json:"type"`
	Subject string `json:"subject,omitempty"`
	Time    int64  `json:"time" csv:"time"`
	Value   string `json:"value,omitempty"`
	Limit   string `json:"limit,omitempty"`
}

// RecordHeader is the batch that a record stands in.
type RecordHeader struct {
	First  int64  `json:"first" csv:"time"`
	Last   int64  `json:"last" csv:"time"`
	Count  uint32 `json:"count"`
	Root   string `json:"root" doc:"hex"`
	Digest string `json:"digest" doc:"hex"`
	Config string `json:"config" doc:"hex"`
}

// Coordinates are degrees in a datum, as they were given.
type Coordinates struct {
	Lat   json.Number `json:"lat"`
	Lon   json.Number `json:"lon"`
	Datum string      `json:"datum" enum:"WGS-84,CGCS2000,GCJ-02"`
}

// Register is what is registered of a site.
type Register struct {
	ProjectCode string       `json:"project_code"`
	CreditCode  string       `json:"credit_code"`
	FoodLicence string       `json:"food_licence"`
	Owner       string       `json:"owner"`
	District    string       `json:"district"`
	Business    string       `json:"business"`
	Coordinates *Coordinates `json:"coordinates"`
}

// SiteGateway is a gateway of a site.
type SiteGateway struct {
	ID        batch.ID `json:"id"`
	Name      string   `json:"name"`
	State     string   `json:"state"`
	Connected bool     `json:"connected"`
	Last      int64    `json:"last" csv:"time" doc:"closing of its newest batch, Unix µs; 0: none"`
}

// CentreSite is a site and how it stands.
type CentreSite struct {
	ID          batch.ID      `json:"id"`
	Slug        string        `json:"slug"`
	Name        string        `json:"name"`
	District    string        `json:"district"`
	Business    string        `json:"business"`
	Register    Register      `json:"register"`
	Gateways    []SiteGateway `json:"gateways"`
	Points      int           `json:"points"`
	Blind       int           `json:"blind"`
	Alarms      int           `json:"alarms"`
	Unanswered  int           `json:"unanswered"`
	SilentSince int64         `json:"silent_since" csv:"time"`
	Online      float64       `json:"online" doc:"share of the points that are not blind"`
	EvidenceLag int64         `json:"evidence_lag" doc:"µs since the oldest batch that is not anchored came; 0: all are"`
	Worst       string        `json:"worst" enum:"alarm,silence,lag,calm"`
}

// Silent is a gateway or device that says nothing.
type Silent struct {
	Site    batch.ID `json:"site"`
	Gateway batch.ID `json:"gateway"`
	Device  string   `json:"device"`
	Since   int64    `json:"since" csv:"time"`
}

// Expiring is something that ends soon or has ended.
type Expiring struct {
	What   string    `json:"what" doc:"calibration, coverage plan, status list, certificate, certificate authority"`
	Name   string    `json:"name" doc:"of a calibration: the device; of a coverage plan: empty"`
	Detail string    `json:"detail,omitempty" doc:"of a calibration: instrument, certificate, laboratory"`
	Site   *batch.ID `json:"site,omitempty" doc:"none: the notary's own"`
	Until  int64     `json:"until" csv:"time"`
}

// EvidenceHealth is how the evidence stands.
type EvidenceHealth struct {
	ReadingsPerSecond float64     `json:"readings_per_second"`
	Log               HealthLog   `json:"log"`
	OldestUnanchored  int64       `json:"oldest_unanchored" doc:"when it came, Unix µs; 0: there is none"`
	AnchorLag         int64       `json:"anchor_lag" doc:"µs since then"`
	GapsToday         int         `json:"gaps_today"`
	Silent            []Silent    `json:"silent"`
	Expiring          []Expiring  `json:"expiring"`
	Chain             HealthChain `json:"chain"`
	Problems          []string    `json:"problems"`
}

// HealthLog is how the log stands.
type HealthLog struct {
	Origin   string `json:"origin"`
	Size     uint64 `json:"size"`
	Signed   uint64 `json:"signed"`
	Anchored uint64 `json:"anchored"`
	ReadOnly string `json:"read_only" doc:"why it takes nothing; empty: it does"`
}

// HealthChain is the chain and how independent it is of the log's operator.
type HealthChain struct {
	ID           uint64 `json:"id"`
	Local        bool   `json:"local"`
	Independence string `json:"independence"`
	Words        Title  `json:"words"`
}

// Found is one thing that a search found.
type Found struct {
	Kind  string    `json:"kind" enum:"site,device,point,batch,entry,block"`
	Title string    `json:"title"`
	Site  *batch.ID `json:"site,omitempty"`
	Point string    `json:"point,omitempty"`
	Index *uint64   `json:"index,omitempty"`
	Block *uint64   `json:"block,omitempty"`
}
