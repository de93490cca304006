package journal

import (
	"errors"
	"maps"
	"slices"

	"fieldseal/evidence/cborx"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/record"
)

// alarmsKey holds the alarms that stand. It is written with the batch that turns them,
// so that after a crash it says what the sealed events say.
const alarmsKey = "m/alarms"

// Standing are the points whose alarm was raised and not cleared, with the limit that
// each had passed.
func (j *Journal) Standing() map[string]decimal.D {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.standing == nil {
		return map[string]decimal.D{}
	}
	return maps.Clone(j.standing)
}

// ForgetAlarms takes points out of those whose alarm stands: their limit is another one
// now, or they are gone.
func (j *Journal) ForgetAlarms(points ...string) error {
	j.write.Lock()
	defer j.write.Unlock()
	standing := j.Standing()
	for _, p := range points {
		delete(standing, p)
	}
	return j.commit("alarms", []change{{key: []byte(alarmsKey), value: encodeStanding(standing)}})
}

// encodeStanding writes [[point, limit] ...], ascending by point.
func encodeStanding(standing map[string]decimal.D) []byte {
	b := cborx.AppendArray(nil, len(standing))
	for _, p := range slices.Sorted(maps.Keys(standing)) {
		b = standing[p].Append(cborx.AppendText(cborx.AppendArray(b, 2), p))
	}
	return b
}

func decodeStanding(b []byte) (map[string]decimal.D, error) {
	r := cborx.NewReader(b)
	out := map[string]decimal.D{}
	for n := r.Array(record.MaxPoints); n > 0 && r.Err() == nil; n-- {
		r.ArrayOf(2)
		p := r.Text(record.MaxName)
		out[p] = decimal.Read(r)
	}
	if err := r.Done(); err != nil {
		return nil, errors.Join(errors.New("alarms that stand"), err)
	}
	return out, nil
}
