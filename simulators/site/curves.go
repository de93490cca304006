package site

import "time"

// day is how the points of each profile that we can play go through a day. The
// numbers are those of an ordinary site on the North China plain; a scenario
// overrides what is particular to it.
var day = map[string]map[string]Curve{
	"dust/station-500": {
		"wind-speed":     {Base: 2.4, Swing: 1.1, Peak: 15, Noise: 1.2, Low: 0, High: 25},
		"wind-direction": {Base: 180, Swing: 60, Peak: 9, Noise: 40, Wander: 5 * time.Minute, Low: 0, High: 360},
		"humidity":       {Base: 52, Swing: -14, Peak: 14, Noise: 4, Wander: 10 * time.Minute, Low: 0, High: 100},
		"temperature":    {Base: 16, Swing: 7, Peak: 14.5, Noise: 0.6, Wander: 5 * time.Minute},
		"laeq":           {Base: 58, Swing: 9, Peak: 13, Noise: 4, Wander: 20 * time.Second, Low: 38, High: 105},
		"pm25":           {Base: 41, Swing: 9, Peak: 7, Noise: 8, Low: 4, High: 900},
		"pm10":           {Base: 88, Swing: 22, Peak: 8, Noise: 18, Low: 9, High: 2000},
		"tsp":            {Base: 131, Swing: 36, Peak: 8, Noise: 26, Low: 14, High: 5000},
		"pressure":       {Base: 1012, Swing: 2, Peak: 10, Noise: 1, Wander: time.Hour},
	},
	"dust/bl-tsp": {
		"tsp":  {Base: 131, Swing: 36, Peak: 8, Noise: 26, Low: 14, High: 5000},
		"pm10": {Base: 88, Swing: 22, Peak: 8, Noise: 18, Low: 9, High: 2000},
		"pm25": {Base: 41, Swing: 9, Peak: 7, Noise: 8, Low: 4, High: 900},
	},
	"crane/tc-monitor": {
		"load":       {Base: 1.6, Noise: 1.5, Wander: 45 * time.Second, Low: 0, High: 6},
		"moment":     {Base: 34, Noise: 28, Wander: 45 * time.Second, Low: 0, High: 98},
		"height":     {Base: 12, Cycle: 150 * time.Second, Depth: 34},
		"radius":     {Base: 14, Cycle: 190 * time.Second, Depth: 28},
		"slew":       {Base: 20, Noise: 130, Wander: 50 * time.Second},
		"wind-speed": {Base: 4.6, Swing: 1.8, Peak: 15, Noise: 1.6, Wander: 30 * time.Second, Low: 0, High: 25},
		"tilt-x":     {Noise: 0.4, Wander: 20 * time.Second},
		"tilt-y":     {Noise: 0.3, Wander: 20 * time.Second},
		// Switches and alarms rest; a script trips them.
		"limit-up": {}, "limit-outer": {}, "alarm-wind": {}, "alarm-overload": {}, "alarm-collision": {}, "alarm-moment": {},
	},
	"pit/ai-level": {
		"level": {Base: 3.2, Swing: 0.2, Peak: 5, Noise: 0.05, Wander: 10 * time.Minute},
	},
	"coldroom/rs-ws": {
		"temperature": {Base: -18.6, Noise: 0.4, Wander: 4 * time.Minute, Cycle: 22 * time.Minute, Depth: 1.1},
		"humidity":    {Base: 71, Noise: 3, Wander: 6 * time.Minute, Low: 0, High: 100},
	},
	"coldroom/xy-md02": {
		"temperature": {Base: 3.1, Noise: 0.3, Wander: 4 * time.Minute, Cycle: 17 * time.Minute, Depth: 1.3},
		"humidity":    {Base: 63, Noise: 4, Wander: 6 * time.Minute, Low: 0, High: 100},
	},
	"contact/door": {"open": {}},
	"dust/station-hj212": {
		"tsp":            {Base: 128, Swing: 34, Peak: 8, Noise: 24, Low: 14, High: 5000},
		"pm10":           {Base: 86, Swing: 20, Peak: 8, Noise: 16, Low: 9, High: 2000},
		"pm25":           {Base: 40, Swing: 9, Peak: 7, Noise: 8, Low: 4, High: 900},
		"noise":          {Base: 58, Swing: 9, Peak: 13, Noise: 4, Wander: 20 * time.Second, Low: 38, High: 105},
		"temperature":    {Base: 16, Swing: 7, Peak: 14.5, Noise: 0.6, Wander: 5 * time.Minute},
		"humidity":       {Base: 52, Swing: -14, Peak: 14, Noise: 4, Wander: 10 * time.Minute, Low: 0, High: 100},
		"pressure":       {Base: 101.2, Swing: 0.2, Peak: 10, Noise: 0.1, Wander: time.Hour},
		"wind-speed":     {Base: 2.4, Swing: 1.1, Peak: 15, Noise: 1.2, Low: 0, High: 25},
		"wind-direction": {Base: 180, Swing: 60, Peak: 9, Noise: 40, Wander: 5 * time.Minute, Low: 0, High: 360},
		"pm10-mean":      {Base: 86, Swing: 20, Peak: 8, Noise: 6, Wander: 15 * time.Minute, Low: 9, High: 2000},
	},
	"power/dlt645-single": {
		"energy":    {Base: 4211.36, Cycle: 24 * time.Hour, Depth: 38},
		"voltage":   {Base: 231, Noise: 4, Wander: 2 * time.Minute},
		"current":   {Base: 7.2, Noise: 4.5, Wander: 40 * time.Second, Low: 0, High: 60},
		"power":     {Base: 1.6, Noise: 1, Wander: 40 * time.Second, Low: 0, High: 12},
		"frequency": {Base: 50, Noise: 0.04, Wander: 20 * time.Second},
	},
	"power/dlt645-three": {
		"energy":      {Base: 18211.36, Cycle: 24 * time.Hour, Depth: 410},
		"energy-back": {Base: 211.4, Cycle: 24 * time.Hour, Depth: 6},
		"voltage-a":   {Base: 231, Noise: 4, Wander: 2 * time.Minute},
		"voltage-b":   {Base: 230, Noise: 4, Wander: 2 * time.Minute},
		"voltage-c":   {Base: 232, Noise: 4, Wander: 2 * time.Minute},
		"current-a":   {Base: 22, Noise: 9, Wander: 40 * time.Second, Low: 0, High: 100},
		"current-b":   {Base: 24, Noise: 9, Wander: 40 * time.Second, Low: 0, High: 100},
		"current-c":   {Base: 21, Noise: 9, Wander: 40 * time.Second, Low: 0, High: 100},
		"power":       {Base: 14.2, Noise: 5, Wander: 40 * time.Second, Low: 0, High: 60},
		"power-a":     {Base: 4.8, Noise: 1.9, Wander: 40 * time.Second, Low: 0, High: 20},
		"power-b":     {Base: 5.1, Noise: 1.9, Wander: 40 * time.Second, Low: 0, High: 20},
		"power-c":     {Base: 4.3, Noise: 1.9, Wander: 40 * time.Second, Low: 0, High: 20},
		"frequency":   {Base: 50, Noise: 0.04, Wander: 20 * time.Second},
	},
	"mqtt/zigbee-climate": {
		"temperature": {Base: -18.4, Noise: 0.4, Wander: 4 * time.Minute, Cycle: 22 * time.Minute, Depth: 1.1},
		"humidity":    {Base: 71, Noise: 3, Wander: 6 * time.Minute, Low: 0, High: 100},
		"battery":     {Base: 87},
	},
	"mqtt/zigbee-door": {"open": {}, "battery": {Base: 93}},
	"scale/aandd-gx":   {"weight": {Base: 240, Noise: 180, Wander: 20 * time.Second, Low: 0, High: 6200}},
	"scale/mt-sics":    {"weight": {Base: 180, Noise: 150, Wander: 20 * time.Second, Low: 0, High: 4100}},
	"thermometer/sel-4": {
		"t1": {Base: 3.4, Noise: 0.4, Wander: 4 * time.Minute, Cycle: 15 * time.Minute, Depth: 1.4},
		"t2": {Base: 3.9, Noise: 0.4, Wander: 4 * time.Minute, Cycle: 19 * time.Minute, Depth: 1.2},
		"t3": {Base: -19.2, Noise: 0.4, Wander: 4 * time.Minute, Cycle: 22 * time.Minute, Depth: 1.1},
		"t4": {Base: 64, Noise: 2, Wander: 6 * time.Minute},
	},
	// At rest, within some metres; a scenario lets it move.
	"position/nmea-receiver": {
		"lat":        {Base: 39.90421, Noise: 0.00002},
		"lon":        {Base: 116.40739, Noise: 0.00002},
		"speed":      {Noise: 0.1, Wander: 20 * time.Second, Low: 0, High: 60},
		"altitude":   {Base: 44, Noise: 3, Wander: 2 * time.Minute},
		"satellites": {Base: 14, Noise: 3, Wander: 3 * time.Minute},
		"hdop":       {Base: 0.9, Noise: 0.3, Wander: 3 * time.Minute},
	},
	"truck/cold-chain": {
		"lat":     {Base: 31.2241, Cycle: 4 * time.Hour, Depth: 0.31},
		"lon":     {Base: 121.4737, Cycle: 5 * time.Hour, Depth: 0.42},
		"speed":   {Base: 58, Noise: 30, Wander: 3 * time.Minute, Low: 0, High: 95},
		"course":  {Base: 180, Noise: 170, Wander: 10 * time.Minute, Low: 0, High: 359},
		"mileage": {Base: 40211, Cycle: 24 * time.Hour, Depth: 300},
		"box-1":   {Base: -19.1, Noise: 0.4, Wander: 4 * time.Minute, Cycle: 14 * time.Minute, Depth: 1.4},
		"box-2":   {Base: -18.6, Noise: 0.5, Wander: 4 * time.Minute, Cycle: 14 * time.Minute, Depth: 1.4},
	},
	"crane/blackbox-0e": {
		"load":      {Base: 1.6, Noise: 1.5, Wander: 45 * time.Second, Low: 0, High: 6},
		"height":    {Base: 12, Cycle: 150 * time.Second, Depth: 34},
		"radius":    {Base: 14, Cycle: 190 * time.Second, Depth: 28},
		"slew":      {Base: 20, Noise: 130, Wander: 50 * time.Second},
		"wind":      {Base: 4.6, Swing: 1.8, Peak: 15, Noise: 1.6, Wander: 30 * time.Second, Low: 0, High: 25},
		"tilt-x":    {Noise: 0.4, Wander: 20 * time.Second},
		"tilt-y":    {Noise: 0.3, Wander: 20 * time.Second},
		"safe-load": {Base: 6},
		// Switches and alarms rest; a script trips them.
		"limit-up": {}, "limit-outer": {}, "alarm-wind": {}, "alarm-overload": {}, "alarm-collision": {}, "alarm-torque": {},
	},
}
