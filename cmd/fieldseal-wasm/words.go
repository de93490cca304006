package main

import (
	"fieldseal/evidence/file"
	"fieldseal/evidence/trust"
	"fieldseal/evidence/verify"
)

// about is what a page needs before it has a file: how a status looks, what the
// questions are called, and how much is read.
type about struct {
	Statuses  []statusLook `json:"statuses"` // from best to worst
	Questions []question   `json:"questions"`
	Limits    limits       `json:"limits"` // bytes
	Extension string       `json:"extension"`
}

type statusLook struct {
	Status verify.Status `json:"status"`
	Word   words         `json:"word"`
	Mark   string        `json:"mark"`
	Colour string        `json:"colour"`
}

type question struct {
	Question verify.Question `json:"question"`
	Title    words           `json:"title"`
}

type limits struct {
	File  int `json:"file"`
	Trust int `json:"trust"`
}

func describeSelf() about {
	a := about{Limits: limits{file.MaxFile, trust.MaxFile}, Extension: file.Extension}
	for _, s := range verify.Statuses {
		a.Statuses = append(a.Statuses, statusLook{s, both(s.Word()), s.Mark(), s.Colour()})
	}
	for _, q := range verify.Questions {
		a.Questions = append(a.Questions, question{q, both(q.Title())})
	}
	return a
}
