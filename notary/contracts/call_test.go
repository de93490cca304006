package contracts

import (
	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
)

func callMsg(from common.Address, to *common.Address, data []byte) ethereum.CallMsg {
	return ethereum.CallMsg{From: from, To: to, Data: data}
}
