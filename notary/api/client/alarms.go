package client

// Paths of alarms and coverage.
const (
	AlarmsPath     = "/api/v1/alarms"
	ExcursionsPath = "/api/v1/excursions"
	CoveragePath   = "/api/v1/coverage"
)
