package storetest_test

import (
	"testing"

	"fieldseal/notary/store"
	"fieldseal/notary/store/storetest"
)

func TestMemory(t *testing.T) {
	disks := map[*testing.T]*storetest.Disk{}
	storetest.Run(t, func(t *testing.T) store.Store {
		if disks[t] == nil {
			disks[t] = storetest.NewDisk()
		}
		return disks[t].Open()
	})
}
