package journal

// CrashAt makes the journal fail at a named point, once. The points of a write
// are "NAME: before the write" and "NAME: after the write".
func (j *Journal) CrashAt(point string, err error) {
	j.crash = func(p string) error {
		if p == point {
			return err
		}
		return nil
	}
}

// Watch calls f at each named point.
func (j *Journal) Watch(f func(point string)) {
	j.crash = func(p string) error { f(p); return nil }
}
