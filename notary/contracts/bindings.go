// Code generated via abigen V2 - DO NOT EDIT.
// This file is a generated binding and any manual changes will be lost.

package contracts

import (
	"bytes"
	"errors"
	"math/big"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/accounts/abi/bind/v2"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

// Reference imports to suppress errors if they are not otherwise used.
var (
	_ = bytes.Equal
	_ = errors.New
	_ = big.NewInt
	_ = common.Big1
	_ = types.BloomLookup
	_ = abi.ConvertType
)

// AnchorsMetaData contains all meta data concerning the Anchors contract.
var AnchorsMetaData = bind.MetaData{
	ABI: "[{\"inputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"constructor\"},{\"inputs\":[],\"name\":\"Empty\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint64\",\"name\":\"size\",\"type\":\"uint64\"}],\"name\":\"Fork\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint64\",\"name\":\"size\",\"type\":\"uint64\"}],\"name\":\"IsClosed\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"Known\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"NoWriter\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"NotGovernor\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint64\",\"name\":\"newest\",\"type\":\"uint64\"}],\"name\":\"NotNewest\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"NotWriter\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint64\",\"name\":\"newest\",\"type\":\"uint64\"}],\"name\":\"Stale\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"Unknown\",\"type\":\"error\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"},{\"indexed\":false,\"internalType\":\"uint64\",\"name\":\"size\",\"type\":\"uint64\"},{\"indexed\":false,\"internalType\":\"bytes32\",\"name\":\"root\",\"type\":\"bytes32\"}],\"name\":\"Anchored\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"},{\"indexed\":false,\"internalType\":\"uint64\",\"name\":\"size\",\"type\":\"uint64\"}],\"name\":\"Closed\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"},{\"indexed\":false,\"internalType\":\"address\",\"name\":\"writer\",\"type\":\"address\"}],\"name\":\"Registered\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"},{\"indexed\":false,\"internalType\":\"address\",\"name\":\"writer\",\"type\":\"address\"}],\"name\":\"Replaced\",\"type\":\"event\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"},{\"internalType\":\"uint64\",\"name\":\"size\",\"type\":\"uint64\"},{\"internalType\":\"bytes32\",\"name\":\"root\",\"type\":\"bytes32\"}],\"name\":\"anchor\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"},{\"internalType\":\"uint64\",\"name\":\"size\",\"type\":\"uint64\"}],\"name\":\"checkpoints\",\"outputs\":[{\"internalType\":\"bytes32\",\"name\":\"\",\"type\":\"bytes32\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"},{\"internalType\":\"uint64\",\"name\":\"size\",\"type\":\"uint64\"}],\"name\":\"close\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"governor\",\"outputs\":[{\"internalType\":\"address\",\"name\":\"\",\"type\":\"address\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"}],\"name\":\"newest\",\"outputs\":[{\"internalType\":\"uint64\",\"name\":\"size\",\"type\":\"uint64\"},{\"internalType\":\"uint64\",\"name\":\"number\",\"type\":\"uint64\"},{\"internalType\":\"uint64\",\"name\":\"time\",\"type\":\"uint64\"},{\"internalType\":\"bool\",\"name\":\"closed\",\"type\":\"bool\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"},{\"internalType\":\"address\",\"name\":\"writer\",\"type\":\"address\"}],\"name\":\"register\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"},{\"internalType\":\"address\",\"name\":\"writer\",\"type\":\"address\"}],\"name\":\"replace\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"root\",\"type\":\"bytes32\"},{\"internalType\":\"uint256\",\"name\":\"size\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"number\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"time\",\"type\":\"uint256\"}],\"name\":\"slot\",\"outputs\":[{\"internalType\":\"bytes32\",\"name\":\"\",\"type\":\"bytes32\"}],\"stateMutability\":\"pure\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"}],\"name\":\"writers\",\"outputs\":[{\"internalType\":\"address\",\"name\":\"\",\"type\":\"address\"}],\"stateMutability\":\"view\",\"type\":\"function\"}]",
	ID:  "Anchors",
	Bin: "0x6080604052348015600f57600080fd5b50600280546001600160a01b03191633179055610f2a806100316000396000f3fe608060405234801561001057600080fd5b50600436106100a35760003560e01c8063804c06d71161007657806399f290551161005b57806399f29055146101d2578063c5a0265c146102cb578063d22057a9146102de57600080fd5b8063804c06d7146101505780639586ceee1461019c57600080fd5b80630c340a24146100a857806331e31640146100f257806363011d571461010757806370c127c61461013d575b600080fd5b6002546100c89073ffffffffffffffffffffffffffffffffffffffff1681565b60405173ffffffffffffffffffffffffffffffffffffffff90911681526020015b60405180910390f35b610105610100366004610e17565b6102f1565b005b61012f610115366004610e7d565b600060208181529281526040808220909352908152205481565b6040519081526020016100e9565b61010561014b366004610ea9565b610646565b61012f61015e366004610edf565b604080516020808201969096528082019490945260608401929092526080808401919091528151808403909101815260a09092019052805191012090565b6100c86101aa366004610f11565b60016020526000908152604090205473ffffffffffffffffffffffffffffffffffffffff1681565b6102956101e0366004610f11565b6000908152600360209081526040808320600183528184205473ffffffffffffffffffffffffffffffffffffffff1684528252918290208251608081018452905467ffffffffffffffff80821680845268010000000000000000830482169484018590527001000000000000000000000000000000008304909116948301859052780100000000000000000000000000000000000000000000000090910460ff16606090920182905293919291600290911490565b6040516100e9949392919067ffffffffffffffff9485168152928416602084015292166040820152901515606082015260800190565b6101056102d9366004610e7d565b6109df565b6101056102ec366004610e17565b610c44565b60025473ffffffffffffffffffffffffffffffffffffffff163314610342576040517fee3675d400000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b73ffffffffffffffffffffffffffffffffffffffff811661038f576040517f7ce9b21a00000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b60008281526001602052604090205473ffffffffffffffffffffffffffffffffffffffff16806103eb576040517f0cf6459800000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b8173ffffffffffffffffffffffffffffffffffffffff168173ffffffffffffffffffffffffffffffffffffffff1603610450576040517f2fa1d71d00000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b600083815260036020908152604080832073ffffffffffffffffffffffffffffffffffffffff8581168552908352818420908616808552828520825481547fffffffffffffffffffffffffffffffffffffffffffffffff0000000000000000811667ffffffffffffffff9283169081178455855468010000000000000000908190048416027fffffffffffffffffffffffffffffffff0000000000000000000000000000000090921617178083558454700100000000000000000000000000000000908190049092169091027fffffffffffffffff0000000000000000ffffffffffffffffffffffffffffffff821681178355845460ff78010000000000000000000000000000000000000000000000009182900416027fffffffffffffff00ffffffffffffffffffffffffffffffffffffffffffffffff9091167fffffffffffffff000000000000000000ffffffffffffffffffffffffffffffff9092169190911717905581547fffffffffffffff0000000000000000000000000000000000000000000000000016909155868452600183529281902080547fffffffffffffffffffffffff000000000000000000000000000000000000000016841790555191825284917f2d7cb9dc32114662fb5855a10bf83276866ec4b5fa0372654c40920836f755d0910160405180910390a2505050565b60008381526003602090815260408083203384529091529020805460ff78010000000000000000000000000000000000000000000000008204169067ffffffffffffffff16816106c2576040517f751a1cd000000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b8467ffffffffffffffff16600003610706576040517f3db2a12a00000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b8067ffffffffffffffff168567ffffffffffffffff161015610765576040517f60b83dc700000000000000000000000000000000000000000000000000000000815267ffffffffffffffff821660048201526024015b60405180910390fd5b8067ffffffffffffffff168567ffffffffffffffff160361085657825460408051602080820188905267ffffffffffffffff89811683850152680100000000000000008504811660608401527001000000000000000000000000000000009094049093166080808301919091528251808303909101815260a0909101909152805191012060008781526020818152604080832067ffffffffffffffff8a1684529091529020541461084e576040517f40bedd4e00000000000000000000000000000000000000000000000000000000815267ffffffffffffffff8616600482015260240161075c565b505050505050565b7ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe60ff8316016108be576040517f825fbb1a00000000000000000000000000000000000000000000000000000000815267ffffffffffffffff8216600482015260240161075c565b60408051602080820187905267ffffffffffffffff881682840152436060830152426080808401919091528351808403909101815260a0909201909252805191012060008781526020818152604080832067ffffffffffffffff8a8116808652918452938290209490945586547fffffffffffffffffffffffffffffffff000000000000000000000000000000001684176801000000000000000043851602177fffffffffffffffff0000000000000000ffffffffffffffffffffffffffffffff1670010000000000000000000000000000000042909416939093029290921786558151928352820186905287917fbea4d11b910aad40d2df2a90d97a3329219b6389f85777c99daad7eb5fafd439910160405180910390a2505050505050565b60008281526001602052604090205473ffffffffffffffffffffffffffffffffffffffff1680610a3b576040517f0cf6459800000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b60025473ffffffffffffffffffffffffffffffffffffffff163314801590610a7957503373ffffffffffffffffffffffffffffffffffffffff821614155b15610ab0576040517fee3675d400000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b600083815260036020908152604080832073ffffffffffffffffffffffffffffffffffffffff85168452909152902080547ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe780100000000000000000000000000000000000000000000000090910460ff1601610b685780546040517f825fbb1a00000000000000000000000000000000000000000000000000000000815267ffffffffffffffff909116600482015260240161075c565b805467ffffffffffffffff848116911614610bbe5780546040517fcc43c17600000000000000000000000000000000000000000000000000000000815267ffffffffffffffff909116600482015260240161075c565b80547fffffffffffffff00ffffffffffffffffffffffffffffffffffffffffffffffff16780200000000000000000000000000000000000000000000000017815560405167ffffffffffffffff8416815284907f5dadb9327f31617894c84554ca8e2073b38829ec9d8ebf4a7fdb00f45be256869060200160405180910390a250505050565b60025473ffffffffffffffffffffffffffffffffffffffff163314610c95576040517fee3675d400000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b73ffffffffffffffffffffffffffffffffffffffff8116610ce2576040517f7ce9b21a00000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b60008281526001602052604090205473ffffffffffffffffffffffffffffffffffffffff1615610d3e576040517f2fa1d71d00000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b6000828152600160209081526040808320805473ffffffffffffffffffffffffffffffffffffffff86167fffffffffffffffffffffffff000000000000000000000000000000000000000090911681179091556003835281842081855283529281902080547fffffffffffffff00ffffffffffffffffffffffffffffffffffffffffffffffff1678010000000000000000000000000000000000000000000000001790555191825283917f7d917fcbc9a29a9705ff9936ffa599500e4fd902e4486bae317414fe967b307c910160405180910390a25050565b60008060408385031215610e2a57600080fd5b82359150602083013573ffffffffffffffffffffffffffffffffffffffff81168114610e5557600080fd5b809150509250929050565b803567ffffffffffffffff81168114610e7857600080fd5b919050565b60008060408385031215610e9057600080fd5b82359150610ea060208401610e60565b90509250929050565b600080600060608486031215610ebe57600080fd5b83359250610ece60208501610e60565b929592945050506040919091013590565b60008060008060808587031215610ef557600080fd5b5050823594602084013594506040840135936060013592509050565b600060208284031215610f2357600080fd5b503591905056",
}

// Anchors is an auto generated Go binding around an Ethereum contract.
type Anchors struct {
	abi abi.ABI
}

// GetABI returns the ABI associated with this contract binding.
func (c *Anchors) GetABI() abi.ABI {
	return c.abi
}

// NewAnchors creates a new instance of Anchors.
func NewAnchors() *Anchors {
	parsed, err := AnchorsMetaData.ParseABI()
	if err != nil {
		panic(errors.New("invalid ABI: " + err.Error()))
	}
	return &Anchors{abi: *parsed}
}

// Instance creates a wrapper for a deployed contract instance at the given address.
// Use this to create the instance object passed to abigen v2 library functions Call, Transact, etc.
func (c *Anchors) Instance(backend bind.ContractBackend, addr common.Address) *bind.BoundContract {
	return bind.NewBoundContract(addr, c.abi, backend, backend, backend)
}

// PackAnchor is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x70c127c6.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function anchor(bytes32 logId, uint64 size, bytes32 root) returns()
func (anchors *Anchors) PackAnchor(logId [32]byte, size uint64, root [32]byte) []byte {
	enc, err := anchors.abi.Pack("anchor", logId, size, root)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackAnchor is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x70c127c6.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function anchor(bytes32 logId, uint64 size, bytes32 root) returns()
func (anchors *Anchors) TryPackAnchor(logId [32]byte, size uint64, root [32]byte) ([]byte, error) {
	return anchors.abi.Pack("anchor", logId, size, root)
}

// PackCheckpoints is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x63011d57.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function checkpoints(bytes32 logId, uint64 size) view returns(bytes32)
func (anchors *Anchors) PackCheckpoints(logId [32]byte, size uint64) []byte {
	enc, err := anchors.abi.Pack("checkpoints", logId, size)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackCheckpoints is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x63011d57.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function checkpoints(bytes32 logId, uint64 size) view returns(bytes32)
func (anchors *Anchors) TryPackCheckpoints(logId [32]byte, size uint64) ([]byte, error) {
	return anchors.abi.Pack("checkpoints", logId, size)
}

// UnpackCheckpoints is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x63011d57.
//
// Solidity: function checkpoints(bytes32 logId, uint64 size) view returns(bytes32)
func (anchors *Anchors) UnpackCheckpoints(data []byte) ([32]byte, error) {
	out, err := anchors.abi.Unpack("checkpoints", data)
	if err != nil {
		return *new([32]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	return out0, nil
}

// PackClose is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xc5a0265c.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function close(bytes32 logId, uint64 size) returns()
func (anchors *Anchors) PackClose(logId [32]byte, size uint64) []byte {
	enc, err := anchors.abi.Pack("close", logId, size)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackClose is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xc5a0265c.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function close(bytes32 logId, uint64 size) returns()
func (anchors *Anchors) TryPackClose(logId [32]byte, size uint64) ([]byte, error) {
	return anchors.abi.Pack("close", logId, size)
}

// PackGovernor is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x0c340a24.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function governor() view returns(address)
func (anchors *Anchors) PackGovernor() []byte {
	enc, err := anchors.abi.Pack("governor")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackGovernor is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x0c340a24.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function governor() view returns(address)
func (anchors *Anchors) TryPackGovernor() ([]byte, error) {
	return anchors.abi.Pack("governor")
}

// UnpackGovernor is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x0c340a24.
//
// Solidity: function governor() view returns(address)
func (anchors *Anchors) UnpackGovernor(data []byte) (common.Address, error) {
	out, err := anchors.abi.Unpack("governor", data)
	if err != nil {
		return *new(common.Address), err
	}
	out0 := *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	return out0, nil
}

// PackNewest is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x99f29055.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function newest(bytes32 logId) view returns(uint64 size, uint64 number, uint64 time, bool closed)
func (anchors *Anchors) PackNewest(logId [32]byte) []byte {
	enc, err := anchors.abi.Pack("newest", logId)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackNewest is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x99f29055.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function newest(bytes32 logId) view returns(uint64 size, uint64 number, uint64 time, bool closed)
func (anchors *Anchors) TryPackNewest(logId [32]byte) ([]byte, error) {
	return anchors.abi.Pack("newest", logId)
}

// NewestOutput serves as a container for the return parameters of contract
// method Newest.
type NewestOutput struct {
	Size   uint64
	Number uint64
	Time   uint64
	Closed bool
}

// UnpackNewest is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x99f29055.
//
// Solidity: function newest(bytes32 logId) view returns(uint64 size, uint64 number, uint64 time, bool closed)
func (anchors *Anchors) UnpackNewest(data []byte) (NewestOutput, error) {
	out, err := anchors.abi.Unpack("newest", data)
	outstruct := new(NewestOutput)
	if err != nil {
		return *outstruct, err
	}
	outstruct.Size = *abi.ConvertType(out[0], new(uint64)).(*uint64)
	outstruct.Number = *abi.ConvertType(out[1], new(uint64)).(*uint64)
	outstruct.Time = *abi.ConvertType(out[2], new(uint64)).(*uint64)
	outstruct.Closed = *abi.ConvertType(out[3], new(bool)).(*bool)
	return *outstruct, nil
}

// PackRegister is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xd22057a9.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function register(bytes32 logId, address writer) returns()
func (anchors *Anchors) PackRegister(logId [32]byte, writer common.Address) []byte {
	enc, err := anchors.abi.Pack("register", logId, writer)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRegister is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xd22057a9.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function register(bytes32 logId, address writer) returns()
func (anchors *Anchors) TryPackRegister(logId [32]byte, writer common.Address) ([]byte, error) {
	return anchors.abi.Pack("register", logId, writer)
}

// PackReplace is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x31e31640.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function replace(bytes32 logId, address writer) returns()
func (anchors *Anchors) PackReplace(logId [32]byte, writer common.Address) []byte {
	enc, err := anchors.abi.Pack("replace", logId, writer)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackReplace is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x31e31640.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function replace(bytes32 logId, address writer) returns()
func (anchors *Anchors) TryPackReplace(logId [32]byte, writer common.Address) ([]byte, error) {
	return anchors.abi.Pack("replace", logId, writer)
}

// PackSlot is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x804c06d7.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function slot(bytes32 root, uint256 size, uint256 number, uint256 time) pure returns(bytes32)
func (anchors *Anchors) PackSlot(root [32]byte, size *big.Int, number *big.Int, time *big.Int) []byte {
	enc, err := anchors.abi.Pack("slot", root, size, number, time)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackSlot is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x804c06d7.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function slot(bytes32 root, uint256 size, uint256 number, uint256 time) pure returns(bytes32)
func (anchors *Anchors) TryPackSlot(root [32]byte, size *big.Int, number *big.Int, time *big.Int) ([]byte, error) {
	return anchors.abi.Pack("slot", root, size, number, time)
}

// UnpackSlot is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x804c06d7.
//
// Solidity: function slot(bytes32 root, uint256 size, uint256 number, uint256 time) pure returns(bytes32)
func (anchors *Anchors) UnpackSlot(data []byte) ([32]byte, error) {
	out, err := anchors.abi.Unpack("slot", data)
	if err != nil {
		return *new([32]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	return out0, nil
}

// PackWriters is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x9586ceee.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function writers(bytes32 logId) view returns(address)
func (anchors *Anchors) PackWriters(logId [32]byte) []byte {
	enc, err := anchors.abi.Pack("writers", logId)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackWriters is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x9586ceee.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function writers(bytes32 logId) view returns(address)
func (anchors *Anchors) TryPackWriters(logId [32]byte) ([]byte, error) {
	return anchors.abi.Pack("writers", logId)
}

// UnpackWriters is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x9586ceee.
//
// Solidity: function writers(bytes32 logId) view returns(address)
func (anchors *Anchors) UnpackWriters(data []byte) (common.Address, error) {
	out, err := anchors.abi.Unpack("writers", data)
	if err != nil {
		return *new(common.Address), err
	}
	out0 := *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	return out0, nil
}

// AnchorsAnchored represents a Anchored event raised by the Anchors contract.
type AnchorsAnchored struct {
	LogId [32]byte
	Size  uint64
	Root  [32]byte
	Raw   *types.Log // Blockchain specific contextual infos
}

const AnchorsAnchoredEventName = "Anchored"

// ContractEventName returns the user-defined event name.
func (AnchorsAnchored) ContractEventName() string {
	return AnchorsAnchoredEventName
}

// UnpackAnchoredEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Anchored(bytes32 indexed logId, uint64 size, bytes32 root)
func (anchors *Anchors) UnpackAnchoredEvent(log *types.Log) (*AnchorsAnchored, error) {
	event := "Anchored"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != anchors.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(AnchorsAnchored)
	if len(log.Data) > 0 {
		if err := anchors.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range anchors.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// AnchorsClosed represents a Closed event raised by the Anchors contract.
type AnchorsClosed struct {
	LogId [32]byte
	Size  uint64
	Raw   *types.Log // Blockchain specific contextual infos
}

const AnchorsClosedEventName = "Closed"

// ContractEventName returns the user-defined event name.
func (AnchorsClosed) ContractEventName() string {
	return AnchorsClosedEventName
}

// UnpackClosedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Closed(bytes32 indexed logId, uint64 size)
func (anchors *Anchors) UnpackClosedEvent(log *types.Log) (*AnchorsClosed, error) {
	event := "Closed"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != anchors.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(AnchorsClosed)
	if len(log.Data) > 0 {
		if err := anchors.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range anchors.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// AnchorsRegistered represents a Registered event raised by the Anchors contract.
type AnchorsRegistered struct {
	LogId  [32]byte
	Writer common.Address
	Raw    *types.Log // Blockchain specific contextual infos
}

const AnchorsRegisteredEventName = "Registered"

// ContractEventName returns the user-defined event name.
func (AnchorsRegistered) ContractEventName() string {
	return AnchorsRegisteredEventName
}

// UnpackRegisteredEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Registered(bytes32 indexed logId, address writer)
func (anchors *Anchors) UnpackRegisteredEvent(log *types.Log) (*AnchorsRegistered, error) {
	event := "Registered"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != anchors.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(AnchorsRegistered)
	if len(log.Data) > 0 {
		if err := anchors.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range anchors.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// AnchorsReplaced represents a Replaced event raised by the Anchors contract.
type AnchorsReplaced struct {
	LogId  [32]byte
	Writer common.Address
	Raw    *types.Log // Blockchain specific contextual infos
}

const AnchorsReplacedEventName = "Replaced"

// ContractEventName returns the user-defined event name.
func (AnchorsReplaced) ContractEventName() string {
	return AnchorsReplacedEventName
}

// UnpackReplacedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Replaced(bytes32 indexed logId, address writer)
func (anchors *Anchors) UnpackReplacedEvent(log *types.Log) (*AnchorsReplaced, error) {
	event := "Replaced"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != anchors.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(AnchorsReplaced)
	if len(log.Data) > 0 {
		if err := anchors.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range anchors.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// UnpackError attempts to decode the provided error data using user-defined
// error definitions.
func (anchors *Anchors) UnpackError(raw []byte) (any, error) {
	if bytes.Equal(raw[:4], anchors.abi.Errors["Empty"].ID.Bytes()[:4]) {
		return anchors.UnpackEmptyError(raw[4:])
	}
	if bytes.Equal(raw[:4], anchors.abi.Errors["Fork"].ID.Bytes()[:4]) {
		return anchors.UnpackForkError(raw[4:])
	}
	if bytes.Equal(raw[:4], anchors.abi.Errors["IsClosed"].ID.Bytes()[:4]) {
		return anchors.UnpackIsClosedError(raw[4:])
	}
	if bytes.Equal(raw[:4], anchors.abi.Errors["Known"].ID.Bytes()[:4]) {
		return anchors.UnpackKnownError(raw[4:])
	}
	if bytes.Equal(raw[:4], anchors.abi.Errors["NoWriter"].ID.Bytes()[:4]) {
		return anchors.UnpackNoWriterError(raw[4:])
	}
	if bytes.Equal(raw[:4], anchors.abi.Errors["NotGovernor"].ID.Bytes()[:4]) {
		return anchors.UnpackNotGovernorError(raw[4:])
	}
	if bytes.Equal(raw[:4], anchors.abi.Errors["NotNewest"].ID.Bytes()[:4]) {
		return anchors.UnpackNotNewestError(raw[4:])
	}
	if bytes.Equal(raw[:4], anchors.abi.Errors["NotWriter"].ID.Bytes()[:4]) {
		return anchors.UnpackNotWriterError(raw[4:])
	}
	if bytes.Equal(raw[:4], anchors.abi.Errors["Stale"].ID.Bytes()[:4]) {
		return anchors.UnpackStaleError(raw[4:])
	}
	if bytes.Equal(raw[:4], anchors.abi.Errors["Unknown"].ID.Bytes()[:4]) {
		return anchors.UnpackUnknownError(raw[4:])
	}
	return nil, errors.New("Unknown error")
}

// AnchorsEmpty represents a Empty error raised by the Anchors contract.
type AnchorsEmpty struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error Empty()
func AnchorsEmptyErrorID() common.Hash {
	return common.HexToHash("0x3db2a12a1fcfb6e2e0de8666c64b3244166edb7b25b200204a8d0cca9b65cf37")
}

// UnpackEmptyError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error Empty()
func (anchors *Anchors) UnpackEmptyError(raw []byte) (*AnchorsEmpty, error) {
	out := new(AnchorsEmpty)
	if err := anchors.abi.UnpackIntoInterface(out, "Empty", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// AnchorsFork represents a Fork error raised by the Anchors contract.
type AnchorsFork struct {
	Size uint64
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error Fork(uint64 size)
func AnchorsForkErrorID() common.Hash {
	return common.HexToHash("0x40bedd4ec01ae27a26b963d3377563a2d73d8ca5dc18b5e355b86b43a640906c")
}

// UnpackForkError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error Fork(uint64 size)
func (anchors *Anchors) UnpackForkError(raw []byte) (*AnchorsFork, error) {
	out := new(AnchorsFork)
	if err := anchors.abi.UnpackIntoInterface(out, "Fork", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// AnchorsIsClosed represents a IsClosed error raised by the Anchors contract.
type AnchorsIsClosed struct {
	Size uint64
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error IsClosed(uint64 size)
func AnchorsIsClosedErrorID() common.Hash {
	return common.HexToHash("0x825fbb1ab70eebdd7fc73f926615162f2ecaed1a1bb5690b50f0c134b4437acd")
}

// UnpackIsClosedError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error IsClosed(uint64 size)
func (anchors *Anchors) UnpackIsClosedError(raw []byte) (*AnchorsIsClosed, error) {
	out := new(AnchorsIsClosed)
	if err := anchors.abi.UnpackIntoInterface(out, "IsClosed", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// AnchorsKnown represents a Known error raised by the Anchors contract.
type AnchorsKnown struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error Known()
func AnchorsKnownErrorID() common.Hash {
	return common.HexToHash("0x2fa1d71d0b3ad1063132cec322b74ff2a50c13b5527b4494462d040a931d4e22")
}

// UnpackKnownError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error Known()
func (anchors *Anchors) UnpackKnownError(raw []byte) (*AnchorsKnown, error) {
	out := new(AnchorsKnown)
	if err := anchors.abi.UnpackIntoInterface(out, "Known", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// AnchorsNoWriter represents a NoWriter error raised by the Anchors contract.
type AnchorsNoWriter struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NoWriter()
func AnchorsNoWriterErrorID() common.Hash {
	return common.HexToHash("0x7ce9b21a81d95622ca9906128c0500fa758ee15fb24fe156f151d419748ed057")
}

// UnpackNoWriterError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NoWriter()
func (anchors *Anchors) UnpackNoWriterError(raw []byte) (*AnchorsNoWriter, error) {
	out := new(AnchorsNoWriter)
	if err := anchors.abi.UnpackIntoInterface(out, "NoWriter", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// AnchorsNotGovernor represents a NotGovernor error raised by the Anchors contract.
type AnchorsNotGovernor struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NotGovernor()
func AnchorsNotGovernorErrorID() common.Hash {
	return common.HexToHash("0xee3675d4180520bc89452d81739291867ac001c59ca3986e58aecd7ce4021b69")
}

// UnpackNotGovernorError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NotGovernor()
func (anchors *Anchors) UnpackNotGovernorError(raw []byte) (*AnchorsNotGovernor, error) {
	out := new(AnchorsNotGovernor)
	if err := anchors.abi.UnpackIntoInterface(out, "NotGovernor", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// AnchorsNotNewest represents a NotNewest error raised by the Anchors contract.
type AnchorsNotNewest struct {
	Newest uint64
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NotNewest(uint64 newest)
func AnchorsNotNewestErrorID() common.Hash {
	return common.HexToHash("0xcc43c1766a39ecfdbc8463c40e7577f642d2368a91e22116fd03bff54e22f892")
}

// UnpackNotNewestError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NotNewest(uint64 newest)
func (anchors *Anchors) UnpackNotNewestError(raw []byte) (*AnchorsNotNewest, error) {
	out := new(AnchorsNotNewest)
	if err := anchors.abi.UnpackIntoInterface(out, "NotNewest", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// AnchorsNotWriter represents a NotWriter error raised by the Anchors contract.
type AnchorsNotWriter struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NotWriter()
func AnchorsNotWriterErrorID() common.Hash {
	return common.HexToHash("0x751a1cd09604148c54cab4424910836402768adf54a25cb710e1e4dd5968768a")
}

// UnpackNotWriterError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NotWriter()
func (anchors *Anchors) UnpackNotWriterError(raw []byte) (*AnchorsNotWriter, error) {
	out := new(AnchorsNotWriter)
	if err := anchors.abi.UnpackIntoInterface(out, "NotWriter", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// AnchorsStale represents a Stale error raised by the Anchors contract.
type AnchorsStale struct {
	Newest uint64
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error Stale(uint64 newest)
func AnchorsStaleErrorID() common.Hash {
	return common.HexToHash("0x60b83dc7e17c6b59e0ee0a32caf43802c39bfd1d69e65860f16eb65f449caf46")
}

// UnpackStaleError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error Stale(uint64 newest)
func (anchors *Anchors) UnpackStaleError(raw []byte) (*AnchorsStale, error) {
	out := new(AnchorsStale)
	if err := anchors.abi.UnpackIntoInterface(out, "Stale", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// AnchorsUnknown represents a Unknown error raised by the Anchors contract.
type AnchorsUnknown struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error Unknown()
func AnchorsUnknownErrorID() common.Hash {
	return common.HexToHash("0x0cf64598c0d224c06e8f9cca65ec434cddc2326c0f49b813069f0e5fada22b20")
}

// UnpackUnknownError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error Unknown()
func (anchors *Anchors) UnpackUnknownError(raw []byte) (*AnchorsUnknown, error) {
	out := new(AnchorsUnknown)
	if err := anchors.abi.UnpackIntoInterface(out, "Unknown", raw); err != nil {
		return nil, err
	}
	return out, nil
}
