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

// GovernanceOrganisation is an auto generated low-level Go binding around an user-defined struct.
type GovernanceOrganisation struct {
	Id       [32]byte
	Name     string
	Key      common.Address
	Cosigner common.Address
	Weight   uint32
}

// AnchorsMetaData contains all meta data concerning the Anchors contract.
var AnchorsMetaData = bind.MetaData{
	ABI: "[{\"inputs\":[{\"internalType\":\"address\",\"name\":\"governor_\",\"type\":\"address\"}],\"stateMutability\":\"nonpayable\",\"type\":\"constructor\"},{\"inputs\":[],\"name\":\"BadBound\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"Empty\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint64\",\"name\":\"size\",\"type\":\"uint64\"}],\"name\":\"Fork\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint64\",\"name\":\"size\",\"type\":\"uint64\"}],\"name\":\"IsClosed\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"IsStopped\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"Known\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"NoGovernor\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"NoWriter\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint64\",\"name\":\"newest\",\"type\":\"uint64\"}],\"name\":\"NotAnchored\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint8\",\"name\":\"needed\",\"type\":\"uint8\"}],\"name\":\"NotCosigned\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"NotGovernor\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"NotWriter\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint64\",\"name\":\"newest\",\"type\":\"uint64\"}],\"name\":\"Stale\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint64\",\"name\":\"most\",\"type\":\"uint64\"}],\"name\":\"TooLarge\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"Unknown\",\"type\":\"error\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"},{\"indexed\":false,\"internalType\":\"uint64\",\"name\":\"size\",\"type\":\"uint64\"},{\"indexed\":false,\"internalType\":\"bytes32\",\"name\":\"root\",\"type\":\"bytes32\"}],\"name\":\"Anchored\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"},{\"indexed\":false,\"internalType\":\"uint8\",\"name\":\"cosigners\",\"type\":\"uint8\"},{\"indexed\":false,\"internalType\":\"uint48\",\"name\":\"rate\",\"type\":\"uint48\"}],\"name\":\"Bound\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"},{\"indexed\":false,\"internalType\":\"uint64\",\"name\":\"size\",\"type\":\"uint64\"},{\"indexed\":false,\"internalType\":\"bytes32\",\"name\":\"successor\",\"type\":\"bytes32\"}],\"name\":\"Closed\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"},{\"indexed\":false,\"internalType\":\"bool\",\"name\":\"serves\",\"type\":\"bool\"}],\"name\":\"CosignerSet\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"},{\"indexed\":false,\"internalType\":\"address\",\"name\":\"writer\",\"type\":\"address\"},{\"indexed\":false,\"internalType\":\"uint8\",\"name\":\"cosigners\",\"type\":\"uint8\"},{\"indexed\":false,\"internalType\":\"uint48\",\"name\":\"rate\",\"type\":\"uint48\"}],\"name\":\"Registered\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"},{\"indexed\":false,\"internalType\":\"address\",\"name\":\"writer\",\"type\":\"address\"}],\"name\":\"Replaced\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"},{\"indexed\":false,\"internalType\":\"bool\",\"name\":\"stopped\",\"type\":\"bool\"}],\"name\":\"Stopped\",\"type\":\"event\"},{\"inputs\":[],\"name\":\"CHECKPOINT\",\"outputs\":[{\"internalType\":\"bytes32\",\"name\":\"\",\"type\":\"bytes32\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"MAX_COSIGNERS\",\"outputs\":[{\"internalType\":\"uint8\",\"name\":\"\",\"type\":\"uint8\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"},{\"internalType\":\"uint64\",\"name\":\"size\",\"type\":\"uint64\"},{\"internalType\":\"bytes32\",\"name\":\"root\",\"type\":\"bytes32\"}],\"name\":\"anchor\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"},{\"internalType\":\"uint64\",\"name\":\"size\",\"type\":\"uint64\"},{\"internalType\":\"bytes32\",\"name\":\"root\",\"type\":\"bytes32\"},{\"internalType\":\"bytes\",\"name\":\"cosignatures\",\"type\":\"bytes\"}],\"name\":\"anchorCosigned\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"},{\"internalType\":\"uint8\",\"name\":\"cosigners\",\"type\":\"uint8\"},{\"internalType\":\"uint48\",\"name\":\"rate\",\"type\":\"uint48\"}],\"name\":\"bound\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"}],\"name\":\"bounds\",\"outputs\":[{\"internalType\":\"uint8\",\"name\":\"cosigners\",\"type\":\"uint8\"},{\"internalType\":\"uint48\",\"name\":\"rate\",\"type\":\"uint48\"},{\"internalType\":\"bool\",\"name\":\"stopped\",\"type\":\"bool\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"},{\"internalType\":\"uint64\",\"name\":\"size\",\"type\":\"uint64\"}],\"name\":\"checkpoints\",\"outputs\":[{\"internalType\":\"bytes32\",\"name\":\"\",\"type\":\"bytes32\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"},{\"internalType\":\"uint64\",\"name\":\"size\",\"type\":\"uint64\"},{\"internalType\":\"bytes32\",\"name\":\"successor\",\"type\":\"bytes32\"}],\"name\":\"close\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"},{\"internalType\":\"bool\",\"name\":\"serves\",\"type\":\"bool\"}],\"name\":\"cosigner\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"}],\"name\":\"cosigns\",\"outputs\":[{\"internalType\":\"bool\",\"name\":\"\",\"type\":\"bool\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"},{\"internalType\":\"uint64\",\"name\":\"size\",\"type\":\"uint64\"},{\"internalType\":\"bytes32\",\"name\":\"root\",\"type\":\"bytes32\"}],\"name\":\"digest\",\"outputs\":[{\"internalType\":\"bytes32\",\"name\":\"hash\",\"type\":\"bytes32\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"}],\"name\":\"endings\",\"outputs\":[{\"internalType\":\"uint64\",\"name\":\"size\",\"type\":\"uint64\"},{\"internalType\":\"bool\",\"name\":\"closed\",\"type\":\"bool\"},{\"internalType\":\"bytes32\",\"name\":\"successor\",\"type\":\"bytes32\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"governor\",\"outputs\":[{\"internalType\":\"address\",\"name\":\"\",\"type\":\"address\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"}],\"name\":\"newest\",\"outputs\":[{\"internalType\":\"uint64\",\"name\":\"size\",\"type\":\"uint64\"},{\"internalType\":\"uint64\",\"name\":\"number\",\"type\":\"uint64\"},{\"internalType\":\"uint64\",\"name\":\"time\",\"type\":\"uint64\"},{\"internalType\":\"bool\",\"name\":\"closed\",\"type\":\"bool\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"},{\"internalType\":\"address\",\"name\":\"writer\",\"type\":\"address\"},{\"internalType\":\"uint8\",\"name\":\"cosigners\",\"type\":\"uint8\"},{\"internalType\":\"uint48\",\"name\":\"rate\",\"type\":\"uint48\"}],\"name\":\"register\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"},{\"internalType\":\"address\",\"name\":\"writer\",\"type\":\"address\"}],\"name\":\"replace\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"root\",\"type\":\"bytes32\"},{\"internalType\":\"uint256\",\"name\":\"size\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"number\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"time\",\"type\":\"uint256\"}],\"name\":\"slot\",\"outputs\":[{\"internalType\":\"bytes32\",\"name\":\"\",\"type\":\"bytes32\"}],\"stateMutability\":\"pure\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"},{\"internalType\":\"bool\",\"name\":\"stopped\",\"type\":\"bool\"}],\"name\":\"stop\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"logId\",\"type\":\"bytes32\"}],\"name\":\"writers\",\"outputs\":[{\"internalType\":\"address\",\"name\":\"\",\"type\":\"address\"}],\"stateMutability\":\"view\",\"type\":\"function\"}]",
	ID:  "Anchors",
	Bin: "0x6080604052348015600f57600080fd5b506040516123e73803806123e7833981016040819052602c916076565b6001600160a01b0381166052576040516341730ccd60e01b815260040160405180910390fd5b600280546001600160a01b0319166001600160a01b039290921691909117905560a4565b600060208284031215608757600080fd5b81516001600160a01b0381168114609d57600080fd5b9392505050565b612334806100b36000396000f3fe608060405234801561001057600080fd5b50600436106101515760003560e01c80636bab6b0d116100cd57806399f2905511610081578063a6e3aa4211610066578063a6e3aa42146105c2578063b9f5fa4f1461062b578063f223c0201461063e57600080fd5b806399f290551461055f5780639a2b3a24146105a857600080fd5b806377a99cfb116100b257806377a99cfb146104ca578063804c06d7146104dd5780639586ceee1461052957600080fd5b80636bab6b0d146103a557806370c127c6146104b757600080fd5b806335d806f8116101245780635ccc1d15116101095780635ccc1d15146103575780635de76b461461036a57806363011d571461037d57600080fd5b806335d806f81461030f578063575739631461034457600080fd5b806308fd46be146101565780630c340a24146102a257806310c63ba8146102e757806331e31640146102fc575b600080fd5b610275610164366004611fb1565b6000908152600460209081526040808320600183528184205473ffffffffffffffffffffffffffffffffffffffff168452825291829020825160c081018452905467ffffffffffffffff808216835268010000000000000000820481169383019390935270010000000000000000000000000000000081049092169281019290925265ffffffffffff78010000000000000000000000000000000000000000000000008204166060830181905260ff7e0100000000000000000000000000000000000000000000000000000000000083048116608085018190527f01000000000000000000000000000000000000000000000000000000000000009093041660a09093018390529092909160031490565b6040805160ff909416845265ffffffffffff90921660208401521515908201526060015b60405180910390f35b6002546102c29073ffffffffffffffffffffffffffffffffffffffff1681565b60405173ffffffffffffffffffffffffffffffffffffffff9091168152602001610299565b6102fa6102f536600461201a565b610671565b005b6102fa61030a366004612067565b6109e5565b6103367fcee33deb239310af15200c2f2c227d5abf6ea1d141cdd147503e39bc16d5e64081565b604051908152602001610299565b6102fa6103523660046120ab565b610deb565b6102fa610365366004612141565b61100b565b6102fa61037836600461218d565b611149565b61033661038b3660046121b7565b600060208181529281526040808220909352908152205481565b6103366103b33660046121da565b604080517f8b73c3c69bb8fe3d512ecc4cf759cc79239f7b179b0ffacaa9a75d522b39400f81527f5cd6a6e9e05351dd77cd0e8ec91a04721ce9a415949d0f368d24bd5a621b7a22602082019081527fc89efdaa54c0f20c7adf612882df0950f5a951637e0307cdcb4c672f298b8bc692820192835246606083019081523060808085019190915260a084207fcee33deb239310af15200c2f2c227d5abf6ea1d141cdd147503e39bc16d5e64085529790925267ffffffffffffffff95909516909252919092529081207f19010000000000000000000000000000000000000000000000000000000000008252600282019290925260228101919091526042902090565b6102fa6104c53660046121da565b611224565b6102fa6104d83660046121da565b61137c565b6103366104eb366004612210565b604080516020808201969096528082019490945260608401929092526080808401919091528151808403909101815260a09092019052805191012090565b6102c2610537366004611fb1565b60016020526000908152604090205473ffffffffffffffffffffffffffffffffffffffff1681565b61057261056d366004611fb1565b6115f1565b604051610299949392919067ffffffffffffffff9485168152928416602084015292166040820152901515606082015260800190565b6105b0602081565b60405160ff9091168152602001610299565b6106056105d0366004611fb1565b6003602052600090815260409020805460019091015467ffffffffffffffff82169168010000000000000000900460ff169083565b6040805167ffffffffffffffff9094168452911515602084015290820152606001610299565b6102fa610639366004612242565b61171f565b61066161064c366004612265565b60056020526000908152604090205460ff1681565b6040519015158152602001610299565b60025473ffffffffffffffffffffffffffffffffffffffff1633146106c2576040517fee3675d400000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b73ffffffffffffffffffffffffffffffffffffffff831661070f576040517f7ce9b21a00000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b60008481526001602052604090205473ffffffffffffffffffffffffffffffffffffffff161561076b576040517f2fa1d71d00000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b61077582826118af565b826001600086815260200190815260200160002060006101000a81548173ffffffffffffffffffffffffffffffffffffffff021916908373ffffffffffffffffffffffffffffffffffffffff1602179055506040518060c00160405280600067ffffffffffffffff1681526020014367ffffffffffffffff1681526020014267ffffffffffffffff1681526020018265ffffffffffff1681526020018360ff168152602001600160ff168152506004600086815260200190815260200160002060008573ffffffffffffffffffffffffffffffffffffffff1673ffffffffffffffffffffffffffffffffffffffff16815260200190815260200160002060008201518160000160006101000a81548167ffffffffffffffff021916908367ffffffffffffffff16021790555060208201518160000160086101000a81548167ffffffffffffffff021916908367ffffffffffffffff16021790555060408201518160000160106101000a81548167ffffffffffffffff021916908367ffffffffffffffff16021790555060608201518160000160186101000a81548165ffffffffffff021916908365ffffffffffff160217905550608082015181600001601e6101000a81548160ff021916908360ff16021790555060a082015181600001601f6101000a81548160ff021916908360ff160217905550905050837fcf0934e856fa31563d144aa79150784722c88d99e55375ac5c82e58cd935c5e28484846040516109d79392919073ffffffffffffffffffffffffffffffffffffffff93909316835260ff91909116602083015265ffffffffffff16604082015260600190565b60405180910390a250505050565b60025473ffffffffffffffffffffffffffffffffffffffff163314610a36576040517fee3675d400000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b73ffffffffffffffffffffffffffffffffffffffff8116610a83576040517f7ce9b21a00000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b60008281526001602052604090205473ffffffffffffffffffffffffffffffffffffffff1680610adf576040517f0cf6459800000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b8173ffffffffffffffffffffffffffffffffffffffff168173ffffffffffffffffffffffffffffffffffffffff1603610b44576040517f2fa1d71d00000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b600083815260046020908152604080832073ffffffffffffffffffffffffffffffffffffffff8581168552908352818420908616808552828520825481547fffffffffffffffffffffffffffffffffffffffffffffffff0000000000000000811667ffffffffffffffff9283169081178455855468010000000000000000908190048416027fffffffffffffffffffffffffffffffff0000000000000000000000000000000090921617178083558454700100000000000000000000000000000000908190049092169091027fffffffffffffffff0000000000000000ffffffffffffffffffffffffffffffff821681178355845465ffffffffffff78010000000000000000000000000000000000000000000000009182900416027fffff000000000000ffffffffffffffffffffffffffffffffffffffffffffffff9091167fffff0000000000000000000000000000ffffffffffffffffffffffffffffffff9092169190911717808255835460ff7e010000000000000000000000000000000000000000000000000000000000009182900481169091027fff00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff83168117845585547f0100000000000000000000000000000000000000000000000000000000000000908190049092169091027effffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff9091167dffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff9092169190911717905590849055868452600183529281902080547fffffffffffffffffffffffff000000000000000000000000000000000000000016841790555191825284917f2d7cb9dc32114662fb5855a10bf83276866ec4b5fa0372654c40920836f755d091015b60405180910390a2505050565b60008581526004602090815260408083203384528252808320815160c081018352815467ffffffffffffffff808216835268010000000000000000820481169583019590955270010000000000000000000000000000000081049094169281019290925265ffffffffffff7801000000000000000000000000000000000000000000000000840416606083015260ff7e010000000000000000000000000000000000000000000000000000000000008404811660808401527f010000000000000000000000000000000000000000000000000000000000000090930490921660a08201529091908190610ee090898989611902565b91509150811561100157604080517f8b73c3c69bb8fe3d512ecc4cf759cc79239f7b179b0ffacaa9a75d522b39400f81527f5cd6a6e9e05351dd77cd0e8ec91a04721ce9a415949d0f368d24bd5a621b7a22602082019081527fc89efdaa54c0f20c7adf612882df0950f5a951637e0307cdcb4c672f298b8bc692820192835246606083019081523060808085019190915260a084207fcee33deb239310af15200c2f2c227d5abf6ea1d141cdd147503e39bc16d5e6408552928d905267ffffffffffffffff8c169094528990529181207f190100000000000000000000000000000000000000000000000000000000000082526002820192909252602281019190915260429020610ff59082908787611c26565b61100183898989611e01565b5050505050505050565b60025473ffffffffffffffffffffffffffffffffffffffff16331461105c576040517fee3675d400000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b600061106784611f1f565b905061107383836118af565b80547fff00000000000000ffffffffffffffffffffffffffffffffffffffffffffffff167e0100000000000000000000000000000000000000000000000000000000000060ff85169081027fffff000000000000ffffffffffffffffffffffffffffffffffffffffffffffff1691909117780100000000000000000000000000000000000000000000000065ffffffffffff851690810291909117835560408051928352602083019190915285917f542413d6b3277fce126c79fc72831c4edc02778f6f583dc443872827d49a743e91016109d7565b60025473ffffffffffffffffffffffffffffffffffffffff16331461119a576040517fee3675d400000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b73ffffffffffffffffffffffffffffffffffffffff821660008181526005602090815260409182902080547fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff001685151590811790915591519182527f804a08ed8a06a864fefdbed5b88b6a948eab5683fc134107503237c8a868db95910160405180910390a25050565b60008381526004602090815260408083203384528252808320815160c081018352815467ffffffffffffffff808216835268010000000000000000820481169583019590955270010000000000000000000000000000000081049094169281019290925265ffffffffffff7801000000000000000000000000000000000000000000000000840416606083015260ff7e010000000000000000000000000000000000000000000000000000000000008404811660808401527f010000000000000000000000000000000000000000000000000000000000000090930490921660a0820152909190819061131990878787611902565b9150915081156113745760ff811615611368576040517f2ac6be0900000000000000000000000000000000000000000000000000000000815260ff821660048201526024015b60405180910390fd5b61137483878787611e01565b505050505050565b60025473ffffffffffffffffffffffffffffffffffffffff1633146113cd576040517fee3675d400000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b60006113d884611f1f565b80549091507ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe7f010000000000000000000000000000000000000000000000000000000000000090910460ff160161147957600084815260036020526040908190205490517f825fbb1a00000000000000000000000000000000000000000000000000000000815267ffffffffffffffff909116600482015260240161135f565b67ffffffffffffffff8316158015906114b1575060008481526020818152604080832067ffffffffffffffff87168452909152902054155b156114f75780546040517f8c24786100000000000000000000000000000000000000000000000000000000815267ffffffffffffffff909116600482015260240161135f565b80547f02000000000000000000000000000000000000000000000000000000000000007effffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff9091161781556040805160608101825267ffffffffffffffff8581168083526001602080850182815285870189815260008c815260038452889020965187549251151568010000000000000000027fffffffffffffffffffffffffffffffffffffffffffffff00000000000000000090931696169590951717855592519301929092558251918252810184905285917fdfa66d7cba5fd2181d6f0e809593fe08bd47c50e10d0b80bd73875e84e70b46391016109d7565b6000818152600460209081526040808320600183528184205473ffffffffffffffffffffffffffffffffffffffff1684528252808320815160c081018352905467ffffffffffffffff8082168084526801000000000000000083048216958401959095527001000000000000000000000000000000008204169282019290925265ffffffffffff7801000000000000000000000000000000000000000000000000830416606082015260ff7e010000000000000000000000000000000000000000000000000000000000008304811660808301527f010000000000000000000000000000000000000000000000000000000000000090920490911660a0820181905283928392600290921491901561171757805160208201516040830151919650945092505b509193509193565b60025473ffffffffffffffffffffffffffffffffffffffff163314611770576040517fee3675d400000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b600061177b83611f1f565b80549091507ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe7f010000000000000000000000000000000000000000000000000000000000000090910460ff160161181c57600083815260036020526040908190205490517f825fbb1a00000000000000000000000000000000000000000000000000000000815267ffffffffffffffff909116600482015260240161135f565b8161182857600161182b565b60035b815460ff919091167f0100000000000000000000000000000000000000000000000000000000000000027effffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff909116178155604051821515815283907fd2fafb9dbabdb0b5df2788e3e68d9f5e9b031583cfc49e086a2b95b77c3fc5b590602001610dde565b65ffffffffffff811615806118c75750602060ff8316115b156118fe576040517f2129936100000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b5050565b60a0840151600090819060ff16611945576040517f751a1cd000000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b8367ffffffffffffffff16600003611989576040517f3db2a12a00000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b856000015167ffffffffffffffff168467ffffffffffffffff1610156119ea5785516040517f60b83dc700000000000000000000000000000000000000000000000000000000815267ffffffffffffffff909116600482015260240161135f565b856000015167ffffffffffffffff168467ffffffffffffffff1603611ac657602080870151604080890151815180850188905267ffffffffffffffff808a1682850152938416606082015292166080808401919091528151808403909101815260a09092019052805191012060008681526020818152604080832067ffffffffffffffff8916845290915290205414611abb576040517f40bedd4e00000000000000000000000000000000000000000000000000000000815267ffffffffffffffff8516600482015260240161135f565b506000905080611c1d565b600260ff168660a0015160ff1603611b2757600085815260036020526040908190205490517f825fbb1a00000000000000000000000000000000000000000000000000000000815267ffffffffffffffff909116600482015260240161135f565b600360ff168660a0015160ff1603611b6b576040517fd05c7c7800000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b6000866040015167ffffffffffffffff1642611b8791906122b6565b611b929060016122cf565b876060015165ffffffffffff16611ba991906122e2565b8751611bbf919067ffffffffffffffff166122cf565b9050808567ffffffffffffffff161115611c11576040517f637aafff00000000000000000000000000000000000000000000000000000000815267ffffffffffffffff8216600482015260240161135f565b50505060808401516001905b94509492505050565b6000611c336041836122f9565b9050611c408160416122e2565b82141580611c5057508460ff1681105b15611c8c576040517f2ac6be0900000000000000000000000000000000000000000000000000000000815260ff8616600482015260240161135f565b8282810160005b818310156110015760408051600080825260208083018085528b905286840135821a93830184905286356060840181905290870135608084018190526041909701969093909290919060019060a0016020604051602081039080840390855afa158015611d04573d6000803e3d6000fd5b50506040517fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe001519150507f7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0831180611d8957508473ffffffffffffffffffffffffffffffffffffffff168173ffffffffffffffffffffffffffffffffffffffff1611155b80611dba575073ffffffffffffffffffffffffffffffffffffffff811660009081526005602052604090205460ff16155b15611df6576040517f2ac6be0900000000000000000000000000000000000000000000000000000000815260ff8d16600482015260240161135f565b9350611c9392505050565b60408051602080820184905267ffffffffffffffff8516828401524360608301524260808084018290528451808503909101815260a0909301909352815191012060008581526020818152604080832067ffffffffffffffff888116808652918452938290209490945588547fffffffffffffffffffffffffffffffff000000000000000000000000000000001684176801000000000000000043851602177fffffffffffffffff0000000000000000ffffffffffffffffffffffffffffffff16700100000000000000000000000000000000938616939093029290921788558151928352820184905285917fbea4d11b910aad40d2df2a90d97a3329219b6389f85777c99daad7eb5fafd439910160405180910390a25050505050565b60008181526001602052604081205473ffffffffffffffffffffffffffffffffffffffff1680611f7b576040517f0cf6459800000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b600092835260046020908152604080852073ffffffffffffffffffffffffffffffffffffffff9093168552919052909120919050565b600060208284031215611fc357600080fd5b5035919050565b803573ffffffffffffffffffffffffffffffffffffffff81168114611fee57600080fd5b919050565b803560ff81168114611fee57600080fd5b803565ffffffffffff81168114611fee57600080fd5b6000806000806080858703121561203057600080fd5b8435935061204060208601611fca565b925061204e60408601611ff3565b915061205c60608601612004565b905092959194509250565b6000806040838503121561207a57600080fd5b8235915061208a60208401611fca565b90509250929050565b803567ffffffffffffffff81168114611fee57600080fd5b6000806000806000608086880312156120c357600080fd5b853594506120d360208701612093565b935060408601359250606086013567ffffffffffffffff8111156120f657600080fd5b8601601f8101881361210757600080fd5b803567ffffffffffffffff81111561211e57600080fd5b88602082840101111561213057600080fd5b959894975092955050506020019190565b60008060006060848603121561215657600080fd5b8335925061216660208501611ff3565b915061217460408501612004565b90509250925092565b80358015158114611fee57600080fd5b600080604083850312156121a057600080fd5b6121a983611fca565b915061208a6020840161217d565b600080604083850312156121ca57600080fd5b8235915061208a60208401612093565b6000806000606084860312156121ef57600080fd5b833592506121ff60208501612093565b929592945050506040919091013590565b6000806000806080858703121561222657600080fd5b5050823594602084013594506040840135936060013592509050565b6000806040838503121561225557600080fd5b8235915061208a6020840161217d565b60006020828403121561227757600080fd5b61228082611fca565b9392505050565b7f4e487b7100000000000000000000000000000000000000000000000000000000600052601160045260246000fd5b818103818111156122c9576122c9612287565b92915050565b808201808211156122c9576122c9612287565b80820281158282048414176122c9576122c9612287565b60008261232f577f4e487b7100000000000000000000000000000000000000000000000000000000600052601260045260246000fd5b50049056",
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

// PackConstructor is the Go binding used to pack the parameters required for
// contract deployment.
//
// Solidity: constructor(address governor_) returns()
func (anchors *Anchors) PackConstructor(governor_ common.Address) []byte {
	enc, err := anchors.abi.Pack("", governor_)
	if err != nil {
		panic(err)
	}
	return enc
}

// PackCHECKPOINT is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x35d806f8.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function CHECKPOINT() view returns(bytes32)
func (anchors *Anchors) PackCHECKPOINT() []byte {
	enc, err := anchors.abi.Pack("CHECKPOINT")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackCHECKPOINT is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x35d806f8.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function CHECKPOINT() view returns(bytes32)
func (anchors *Anchors) TryPackCHECKPOINT() ([]byte, error) {
	return anchors.abi.Pack("CHECKPOINT")
}

// UnpackCHECKPOINT is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x35d806f8.
//
// Solidity: function CHECKPOINT() view returns(bytes32)
func (anchors *Anchors) UnpackCHECKPOINT(data []byte) ([32]byte, error) {
	out, err := anchors.abi.Unpack("CHECKPOINT", data)
	if err != nil {
		return *new([32]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	return out0, nil
}

// PackMAXCOSIGNERS is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x9a2b3a24.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function MAX_COSIGNERS() view returns(uint8)
func (anchors *Anchors) PackMAXCOSIGNERS() []byte {
	enc, err := anchors.abi.Pack("MAX_COSIGNERS")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackMAXCOSIGNERS is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x9a2b3a24.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function MAX_COSIGNERS() view returns(uint8)
func (anchors *Anchors) TryPackMAXCOSIGNERS() ([]byte, error) {
	return anchors.abi.Pack("MAX_COSIGNERS")
}

// UnpackMAXCOSIGNERS is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x9a2b3a24.
//
// Solidity: function MAX_COSIGNERS() view returns(uint8)
func (anchors *Anchors) UnpackMAXCOSIGNERS(data []byte) (uint8, error) {
	out, err := anchors.abi.Unpack("MAX_COSIGNERS", data)
	if err != nil {
		return *new(uint8), err
	}
	out0 := *abi.ConvertType(out[0], new(uint8)).(*uint8)
	return out0, nil
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

// PackAnchorCosigned is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x57573963.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function anchorCosigned(bytes32 logId, uint64 size, bytes32 root, bytes cosignatures) returns()
func (anchors *Anchors) PackAnchorCosigned(logId [32]byte, size uint64, root [32]byte, cosignatures []byte) []byte {
	enc, err := anchors.abi.Pack("anchorCosigned", logId, size, root, cosignatures)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackAnchorCosigned is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x57573963.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function anchorCosigned(bytes32 logId, uint64 size, bytes32 root, bytes cosignatures) returns()
func (anchors *Anchors) TryPackAnchorCosigned(logId [32]byte, size uint64, root [32]byte, cosignatures []byte) ([]byte, error) {
	return anchors.abi.Pack("anchorCosigned", logId, size, root, cosignatures)
}

// PackBound is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x5ccc1d15.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function bound(bytes32 logId, uint8 cosigners, uint48 rate) returns()
func (anchors *Anchors) PackBound(logId [32]byte, cosigners uint8, rate *big.Int) []byte {
	enc, err := anchors.abi.Pack("bound", logId, cosigners, rate)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackBound is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x5ccc1d15.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function bound(bytes32 logId, uint8 cosigners, uint48 rate) returns()
func (anchors *Anchors) TryPackBound(logId [32]byte, cosigners uint8, rate *big.Int) ([]byte, error) {
	return anchors.abi.Pack("bound", logId, cosigners, rate)
}

// PackBounds is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x08fd46be.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function bounds(bytes32 logId) view returns(uint8 cosigners, uint48 rate, bool stopped)
func (anchors *Anchors) PackBounds(logId [32]byte) []byte {
	enc, err := anchors.abi.Pack("bounds", logId)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackBounds is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x08fd46be.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function bounds(bytes32 logId) view returns(uint8 cosigners, uint48 rate, bool stopped)
func (anchors *Anchors) TryPackBounds(logId [32]byte) ([]byte, error) {
	return anchors.abi.Pack("bounds", logId)
}

// BoundsOutput serves as a container for the return parameters of contract
// method Bounds.
type BoundsOutput struct {
	Cosigners uint8
	Rate      *big.Int
	Stopped   bool
}

// UnpackBounds is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x08fd46be.
//
// Solidity: function bounds(bytes32 logId) view returns(uint8 cosigners, uint48 rate, bool stopped)
func (anchors *Anchors) UnpackBounds(data []byte) (BoundsOutput, error) {
	out, err := anchors.abi.Unpack("bounds", data)
	outstruct := new(BoundsOutput)
	if err != nil {
		return *outstruct, err
	}
	outstruct.Cosigners = *abi.ConvertType(out[0], new(uint8)).(*uint8)
	outstruct.Rate = abi.ConvertType(out[1], new(big.Int)).(*big.Int)
	outstruct.Stopped = *abi.ConvertType(out[2], new(bool)).(*bool)
	return *outstruct, nil
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
// the contract method with ID 0x77a99cfb.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function close(bytes32 logId, uint64 size, bytes32 successor) returns()
func (anchors *Anchors) PackClose(logId [32]byte, size uint64, successor [32]byte) []byte {
	enc, err := anchors.abi.Pack("close", logId, size, successor)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackClose is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x77a99cfb.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function close(bytes32 logId, uint64 size, bytes32 successor) returns()
func (anchors *Anchors) TryPackClose(logId [32]byte, size uint64, successor [32]byte) ([]byte, error) {
	return anchors.abi.Pack("close", logId, size, successor)
}

// PackCosigner is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x5de76b46.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function cosigner(address account, bool serves) returns()
func (anchors *Anchors) PackCosigner(account common.Address, serves bool) []byte {
	enc, err := anchors.abi.Pack("cosigner", account, serves)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackCosigner is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x5de76b46.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function cosigner(address account, bool serves) returns()
func (anchors *Anchors) TryPackCosigner(account common.Address, serves bool) ([]byte, error) {
	return anchors.abi.Pack("cosigner", account, serves)
}

// PackCosigns is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xf223c020.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function cosigns(address account) view returns(bool)
func (anchors *Anchors) PackCosigns(account common.Address) []byte {
	enc, err := anchors.abi.Pack("cosigns", account)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackCosigns is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xf223c020.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function cosigns(address account) view returns(bool)
func (anchors *Anchors) TryPackCosigns(account common.Address) ([]byte, error) {
	return anchors.abi.Pack("cosigns", account)
}

// UnpackCosigns is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xf223c020.
//
// Solidity: function cosigns(address account) view returns(bool)
func (anchors *Anchors) UnpackCosigns(data []byte) (bool, error) {
	out, err := anchors.abi.Unpack("cosigns", data)
	if err != nil {
		return *new(bool), err
	}
	out0 := *abi.ConvertType(out[0], new(bool)).(*bool)
	return out0, nil
}

// PackDigest is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x6bab6b0d.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function digest(bytes32 logId, uint64 size, bytes32 root) view returns(bytes32 hash)
func (anchors *Anchors) PackDigest(logId [32]byte, size uint64, root [32]byte) []byte {
	enc, err := anchors.abi.Pack("digest", logId, size, root)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackDigest is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x6bab6b0d.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function digest(bytes32 logId, uint64 size, bytes32 root) view returns(bytes32 hash)
func (anchors *Anchors) TryPackDigest(logId [32]byte, size uint64, root [32]byte) ([]byte, error) {
	return anchors.abi.Pack("digest", logId, size, root)
}

// UnpackDigest is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x6bab6b0d.
//
// Solidity: function digest(bytes32 logId, uint64 size, bytes32 root) view returns(bytes32 hash)
func (anchors *Anchors) UnpackDigest(data []byte) ([32]byte, error) {
	out, err := anchors.abi.Unpack("digest", data)
	if err != nil {
		return *new([32]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	return out0, nil
}

// PackEndings is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xa6e3aa42.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function endings(bytes32 logId) view returns(uint64 size, bool closed, bytes32 successor)
func (anchors *Anchors) PackEndings(logId [32]byte) []byte {
	enc, err := anchors.abi.Pack("endings", logId)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackEndings is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xa6e3aa42.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function endings(bytes32 logId) view returns(uint64 size, bool closed, bytes32 successor)
func (anchors *Anchors) TryPackEndings(logId [32]byte) ([]byte, error) {
	return anchors.abi.Pack("endings", logId)
}

// EndingsOutput serves as a container for the return parameters of contract
// method Endings.
type EndingsOutput struct {
	Size      uint64
	Closed    bool
	Successor [32]byte
}

// UnpackEndings is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xa6e3aa42.
//
// Solidity: function endings(bytes32 logId) view returns(uint64 size, bool closed, bytes32 successor)
func (anchors *Anchors) UnpackEndings(data []byte) (EndingsOutput, error) {
	out, err := anchors.abi.Unpack("endings", data)
	outstruct := new(EndingsOutput)
	if err != nil {
		return *outstruct, err
	}
	outstruct.Size = *abi.ConvertType(out[0], new(uint64)).(*uint64)
	outstruct.Closed = *abi.ConvertType(out[1], new(bool)).(*bool)
	outstruct.Successor = *abi.ConvertType(out[2], new([32]byte)).(*[32]byte)
	return *outstruct, nil
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
// the contract method with ID 0x10c63ba8.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function register(bytes32 logId, address writer, uint8 cosigners, uint48 rate) returns()
func (anchors *Anchors) PackRegister(logId [32]byte, writer common.Address, cosigners uint8, rate *big.Int) []byte {
	enc, err := anchors.abi.Pack("register", logId, writer, cosigners, rate)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRegister is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x10c63ba8.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function register(bytes32 logId, address writer, uint8 cosigners, uint48 rate) returns()
func (anchors *Anchors) TryPackRegister(logId [32]byte, writer common.Address, cosigners uint8, rate *big.Int) ([]byte, error) {
	return anchors.abi.Pack("register", logId, writer, cosigners, rate)
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

// PackStop is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xb9f5fa4f.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function stop(bytes32 logId, bool stopped) returns()
func (anchors *Anchors) PackStop(logId [32]byte, stopped bool) []byte {
	enc, err := anchors.abi.Pack("stop", logId, stopped)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackStop is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xb9f5fa4f.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function stop(bytes32 logId, bool stopped) returns()
func (anchors *Anchors) TryPackStop(logId [32]byte, stopped bool) ([]byte, error) {
	return anchors.abi.Pack("stop", logId, stopped)
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

// AnchorsBound represents a Bound event raised by the Anchors contract.
type AnchorsBound struct {
	LogId     [32]byte
	Cosigners uint8
	Rate      *big.Int
	Raw       *types.Log // Blockchain specific contextual infos
}

const AnchorsBoundEventName = "Bound"

// ContractEventName returns the user-defined event name.
func (AnchorsBound) ContractEventName() string {
	return AnchorsBoundEventName
}

// UnpackBoundEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Bound(bytes32 indexed logId, uint8 cosigners, uint48 rate)
func (anchors *Anchors) UnpackBoundEvent(log *types.Log) (*AnchorsBound, error) {
	event := "Bound"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != anchors.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(AnchorsBound)
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
	LogId     [32]byte
	Size      uint64
	Successor [32]byte
	Raw       *types.Log // Blockchain specific contextual infos
}

const AnchorsClosedEventName = "Closed"

// ContractEventName returns the user-defined event name.
func (AnchorsClosed) ContractEventName() string {
	return AnchorsClosedEventName
}

// UnpackClosedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Closed(bytes32 indexed logId, uint64 size, bytes32 successor)
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

// AnchorsCosignerSet represents a CosignerSet event raised by the Anchors contract.
type AnchorsCosignerSet struct {
	Account common.Address
	Serves  bool
	Raw     *types.Log // Blockchain specific contextual infos
}

const AnchorsCosignerSetEventName = "CosignerSet"

// ContractEventName returns the user-defined event name.
func (AnchorsCosignerSet) ContractEventName() string {
	return AnchorsCosignerSetEventName
}

// UnpackCosignerSetEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event CosignerSet(address indexed account, bool serves)
func (anchors *Anchors) UnpackCosignerSetEvent(log *types.Log) (*AnchorsCosignerSet, error) {
	event := "CosignerSet"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != anchors.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(AnchorsCosignerSet)
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
	LogId     [32]byte
	Writer    common.Address
	Cosigners uint8
	Rate      *big.Int
	Raw       *types.Log // Blockchain specific contextual infos
}

const AnchorsRegisteredEventName = "Registered"

// ContractEventName returns the user-defined event name.
func (AnchorsRegistered) ContractEventName() string {
	return AnchorsRegisteredEventName
}

// UnpackRegisteredEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Registered(bytes32 indexed logId, address writer, uint8 cosigners, uint48 rate)
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

// AnchorsStopped represents a Stopped event raised by the Anchors contract.
type AnchorsStopped struct {
	LogId   [32]byte
	Stopped bool
	Raw     *types.Log // Blockchain specific contextual infos
}

const AnchorsStoppedEventName = "Stopped"

// ContractEventName returns the user-defined event name.
func (AnchorsStopped) ContractEventName() string {
	return AnchorsStoppedEventName
}

// UnpackStoppedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Stopped(bytes32 indexed logId, bool stopped)
func (anchors *Anchors) UnpackStoppedEvent(log *types.Log) (*AnchorsStopped, error) {
	event := "Stopped"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != anchors.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(AnchorsStopped)
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
	if bytes.Equal(raw[:4], anchors.abi.Errors["BadBound"].ID.Bytes()[:4]) {
		return anchors.UnpackBadBoundError(raw[4:])
	}
	if bytes.Equal(raw[:4], anchors.abi.Errors["Empty"].ID.Bytes()[:4]) {
		return anchors.UnpackEmptyError(raw[4:])
	}
	if bytes.Equal(raw[:4], anchors.abi.Errors["Fork"].ID.Bytes()[:4]) {
		return anchors.UnpackForkError(raw[4:])
	}
	if bytes.Equal(raw[:4], anchors.abi.Errors["IsClosed"].ID.Bytes()[:4]) {
		return anchors.UnpackIsClosedError(raw[4:])
	}
	if bytes.Equal(raw[:4], anchors.abi.Errors["IsStopped"].ID.Bytes()[:4]) {
		return anchors.UnpackIsStoppedError(raw[4:])
	}
	if bytes.Equal(raw[:4], anchors.abi.Errors["Known"].ID.Bytes()[:4]) {
		return anchors.UnpackKnownError(raw[4:])
	}
	if bytes.Equal(raw[:4], anchors.abi.Errors["NoGovernor"].ID.Bytes()[:4]) {
		return anchors.UnpackNoGovernorError(raw[4:])
	}
	if bytes.Equal(raw[:4], anchors.abi.Errors["NoWriter"].ID.Bytes()[:4]) {
		return anchors.UnpackNoWriterError(raw[4:])
	}
	if bytes.Equal(raw[:4], anchors.abi.Errors["NotAnchored"].ID.Bytes()[:4]) {
		return anchors.UnpackNotAnchoredError(raw[4:])
	}
	if bytes.Equal(raw[:4], anchors.abi.Errors["NotCosigned"].ID.Bytes()[:4]) {
		return anchors.UnpackNotCosignedError(raw[4:])
	}
	if bytes.Equal(raw[:4], anchors.abi.Errors["NotGovernor"].ID.Bytes()[:4]) {
		return anchors.UnpackNotGovernorError(raw[4:])
	}
	if bytes.Equal(raw[:4], anchors.abi.Errors["NotWriter"].ID.Bytes()[:4]) {
		return anchors.UnpackNotWriterError(raw[4:])
	}
	if bytes.Equal(raw[:4], anchors.abi.Errors["Stale"].ID.Bytes()[:4]) {
		return anchors.UnpackStaleError(raw[4:])
	}
	if bytes.Equal(raw[:4], anchors.abi.Errors["TooLarge"].ID.Bytes()[:4]) {
		return anchors.UnpackTooLargeError(raw[4:])
	}
	if bytes.Equal(raw[:4], anchors.abi.Errors["Unknown"].ID.Bytes()[:4]) {
		return anchors.UnpackUnknownError(raw[4:])
	}
	return nil, errors.New("Unknown error")
}

// AnchorsBadBound represents a BadBound error raised by the Anchors contract.
type AnchorsBadBound struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error BadBound()
func AnchorsBadBoundErrorID() common.Hash {
	return common.HexToHash("0x21299361f665640ca7e296523fcf0fe26ba945f0a4bc23ac3a2087bb6fb64856")
}

// UnpackBadBoundError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error BadBound()
func (anchors *Anchors) UnpackBadBoundError(raw []byte) (*AnchorsBadBound, error) {
	out := new(AnchorsBadBound)
	if err := anchors.abi.UnpackIntoInterface(out, "BadBound", raw); err != nil {
		return nil, err
	}
	return out, nil
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

// AnchorsIsStopped represents a IsStopped error raised by the Anchors contract.
type AnchorsIsStopped struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error IsStopped()
func AnchorsIsStoppedErrorID() common.Hash {
	return common.HexToHash("0xd05c7c78f962dbe46683f1c169be478cc180f00b039f7819738cb9c598f97dfc")
}

// UnpackIsStoppedError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error IsStopped()
func (anchors *Anchors) UnpackIsStoppedError(raw []byte) (*AnchorsIsStopped, error) {
	out := new(AnchorsIsStopped)
	if err := anchors.abi.UnpackIntoInterface(out, "IsStopped", raw); err != nil {
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

// AnchorsNoGovernor represents a NoGovernor error raised by the Anchors contract.
type AnchorsNoGovernor struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NoGovernor()
func AnchorsNoGovernorErrorID() common.Hash {
	return common.HexToHash("0x41730ccd9d31510a4a5bf2b27cf9af1e0c3d7e4b12045cc81381ca0464cfce3b")
}

// UnpackNoGovernorError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NoGovernor()
func (anchors *Anchors) UnpackNoGovernorError(raw []byte) (*AnchorsNoGovernor, error) {
	out := new(AnchorsNoGovernor)
	if err := anchors.abi.UnpackIntoInterface(out, "NoGovernor", raw); err != nil {
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

// AnchorsNotAnchored represents a NotAnchored error raised by the Anchors contract.
type AnchorsNotAnchored struct {
	Newest uint64
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NotAnchored(uint64 newest)
func AnchorsNotAnchoredErrorID() common.Hash {
	return common.HexToHash("0x8c24786141eb8468fa4757c8aedb5014e83361e9777ad8d99c092424b2551cc7")
}

// UnpackNotAnchoredError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NotAnchored(uint64 newest)
func (anchors *Anchors) UnpackNotAnchoredError(raw []byte) (*AnchorsNotAnchored, error) {
	out := new(AnchorsNotAnchored)
	if err := anchors.abi.UnpackIntoInterface(out, "NotAnchored", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// AnchorsNotCosigned represents a NotCosigned error raised by the Anchors contract.
type AnchorsNotCosigned struct {
	Needed uint8
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NotCosigned(uint8 needed)
func AnchorsNotCosignedErrorID() common.Hash {
	return common.HexToHash("0x2ac6be095d976811be05166f3163fecb85fea4dc1d9a39822e3eb4fa6c24ed66")
}

// UnpackNotCosignedError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NotCosigned(uint8 needed)
func (anchors *Anchors) UnpackNotCosignedError(raw []byte) (*AnchorsNotCosigned, error) {
	out := new(AnchorsNotCosigned)
	if err := anchors.abi.UnpackIntoInterface(out, "NotCosigned", raw); err != nil {
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

// AnchorsTooLarge represents a TooLarge error raised by the Anchors contract.
type AnchorsTooLarge struct {
	Most uint64
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error TooLarge(uint64 most)
func AnchorsTooLargeErrorID() common.Hash {
	return common.HexToHash("0x637aafffe9129419fa22cf9da34a7ef723a43e7e94ae78959ae9da34874141e1")
}

// UnpackTooLargeError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error TooLarge(uint64 most)
func (anchors *Anchors) UnpackTooLargeError(raw []byte) (*AnchorsTooLarge, error) {
	out := new(AnchorsTooLarge)
	if err := anchors.abi.UnpackIntoInterface(out, "TooLarge", raw); err != nil {
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

// GovernanceMetaData contains all meta data concerning the Governance contract.
var GovernanceMetaData = bind.MetaData{
	ABI: "[{\"inputs\":[{\"components\":[{\"internalType\":\"bytes32\",\"name\":\"id\",\"type\":\"bytes32\"},{\"internalType\":\"string\",\"name\":\"name\",\"type\":\"string\"},{\"internalType\":\"address\",\"name\":\"key\",\"type\":\"address\"},{\"internalType\":\"address\",\"name\":\"cosigner\",\"type\":\"address\"},{\"internalType\":\"uint32\",\"name\":\"weight\",\"type\":\"uint32\"}],\"internalType\":\"structGovernance.Organisation[]\",\"name\":\"first\",\"type\":\"tuple[]\"},{\"internalType\":\"uint32\",\"name\":\"threshold_\",\"type\":\"uint32\"},{\"internalType\":\"uint64\",\"name\":\"period_\",\"type\":\"uint64\"}],\"stateMutability\":\"nonpayable\",\"type\":\"constructor\"},{\"inputs\":[],\"name\":\"AlreadyApproved\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"AlreadyDone\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"AlreadyProposed\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"BadCall\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"BadOrganisation\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"BadPeriod\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint32\",\"name\":\"threshold\",\"type\":\"uint32\"},{\"internalType\":\"uint64\",\"name\":\"total\",\"type\":\"uint64\"},{\"internalType\":\"uint32\",\"name\":\"greatest\",\"type\":\"uint32\"}],\"name\":\"BadThreshold\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"bytes\",\"name\":\"reason\",\"type\":\"bytes\"}],\"name\":\"CallFailed\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint64\",\"name\":\"since\",\"type\":\"uint64\"}],\"name\":\"Expired\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"}],\"name\":\"KeyUsed\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"NoProposal\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"NotApproved\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"NotDecided\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"NotOrganisation\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"TooMany\",\"type\":\"error\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"proposalId\",\"type\":\"bytes32\"},{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"organisation\",\"type\":\"bytes32\"}],\"name\":\"Approved\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"proposalId\",\"type\":\"bytes32\"}],\"name\":\"Executed\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"id\",\"type\":\"bytes32\"},{\"indexed\":false,\"internalType\":\"string\",\"name\":\"name\",\"type\":\"string\"},{\"indexed\":false,\"internalType\":\"address\",\"name\":\"key\",\"type\":\"address\"},{\"indexed\":false,\"internalType\":\"address\",\"name\":\"cosigner\",\"type\":\"address\"},{\"indexed\":false,\"internalType\":\"uint32\",\"name\":\"weight\",\"type\":\"uint32\"}],\"name\":\"OrganisationSet\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"proposalId\",\"type\":\"bytes32\"},{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"organisation\",\"type\":\"bytes32\"},{\"indexed\":true,\"internalType\":\"address\",\"name\":\"target\",\"type\":\"address\"},{\"indexed\":false,\"internalType\":\"bytes\",\"name\":\"data\",\"type\":\"bytes\"},{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"nonce\",\"type\":\"uint256\"},{\"indexed\":false,\"internalType\":\"uint64\",\"name\":\"expires\",\"type\":\"uint64\"}],\"name\":\"Proposed\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":false,\"internalType\":\"uint32\",\"name\":\"threshold\",\"type\":\"uint32\"},{\"indexed\":false,\"internalType\":\"uint64\",\"name\":\"period\",\"type\":\"uint64\"}],\"name\":\"RulesSet\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"proposalId\",\"type\":\"bytes32\"},{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"organisation\",\"type\":\"bytes32\"}],\"name\":\"Withdrawn\",\"type\":\"event\"},{\"inputs\":[],\"name\":\"MAX_CALL\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"MAX_ORGANISATIONS\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"anchors\",\"outputs\":[{\"internalType\":\"contractAnchors\",\"name\":\"\",\"type\":\"address\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"target\",\"type\":\"address\"},{\"internalType\":\"bytes\",\"name\":\"data\",\"type\":\"bytes\"},{\"internalType\":\"uint256\",\"name\":\"nonce\",\"type\":\"uint256\"}],\"name\":\"approve\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"proposalId\",\"type\":\"bytes32\"},{\"internalType\":\"address\",\"name\":\"key\",\"type\":\"address\"}],\"name\":\"approved\",\"outputs\":[{\"internalType\":\"bool\",\"name\":\"\",\"type\":\"bool\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"target\",\"type\":\"address\"},{\"internalType\":\"bytes\",\"name\":\"data\",\"type\":\"bytes\"},{\"internalType\":\"uint256\",\"name\":\"nonce\",\"type\":\"uint256\"}],\"name\":\"idOf\",\"outputs\":[{\"internalType\":\"bytes32\",\"name\":\"\",\"type\":\"bytes32\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"key\",\"type\":\"address\"}],\"name\":\"keyOf\",\"outputs\":[{\"internalType\":\"bytes32\",\"name\":\"organisation\",\"type\":\"bytes32\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"list\",\"outputs\":[{\"components\":[{\"internalType\":\"bytes32\",\"name\":\"id\",\"type\":\"bytes32\"},{\"internalType\":\"string\",\"name\":\"name\",\"type\":\"string\"},{\"internalType\":\"address\",\"name\":\"key\",\"type\":\"address\"},{\"internalType\":\"address\",\"name\":\"cosigner\",\"type\":\"address\"},{\"internalType\":\"uint32\",\"name\":\"weight\",\"type\":\"uint32\"}],\"internalType\":\"structGovernance.Organisation[]\",\"name\":\"all\",\"type\":\"tuple[]\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"period\",\"outputs\":[{\"internalType\":\"uint64\",\"name\":\"\",\"type\":\"uint64\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"proposalId\",\"type\":\"bytes32\"}],\"name\":\"proposals\",\"outputs\":[{\"internalType\":\"uint64\",\"name\":\"expires\",\"type\":\"uint64\"},{\"internalType\":\"bool\",\"name\":\"done\",\"type\":\"bool\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"target\",\"type\":\"address\"},{\"internalType\":\"bytes\",\"name\":\"data\",\"type\":\"bytes\"},{\"internalType\":\"uint256\",\"name\":\"nonce\",\"type\":\"uint256\"}],\"name\":\"propose\",\"outputs\":[{\"internalType\":\"bytes32\",\"name\":\"proposalId\",\"type\":\"bytes32\"}],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"components\":[{\"internalType\":\"bytes32\",\"name\":\"id\",\"type\":\"bytes32\"},{\"internalType\":\"string\",\"name\":\"name\",\"type\":\"string\"},{\"internalType\":\"address\",\"name\":\"key\",\"type\":\"address\"},{\"internalType\":\"address\",\"name\":\"cosigner\",\"type\":\"address\"},{\"internalType\":\"uint32\",\"name\":\"weight\",\"type\":\"uint32\"}],\"internalType\":\"structGovernance.Organisation\",\"name\":\"organisation\",\"type\":\"tuple\"},{\"internalType\":\"uint32\",\"name\":\"threshold_\",\"type\":\"uint32\"}],\"name\":\"setOrganisation\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"uint32\",\"name\":\"threshold_\",\"type\":\"uint32\"},{\"internalType\":\"uint64\",\"name\":\"period_\",\"type\":\"uint64\"}],\"name\":\"setRules\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"threshold\",\"outputs\":[{\"internalType\":\"uint32\",\"name\":\"\",\"type\":\"uint32\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"proposalId\",\"type\":\"bytes32\"}],\"name\":\"weightOf\",\"outputs\":[{\"internalType\":\"uint64\",\"name\":\"weight\",\"type\":\"uint64\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"proposalId\",\"type\":\"bytes32\"}],\"name\":\"withdraw\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"}]",
	ID:  "Governance",
	Bin: "0x608060405234801561001057600080fd5b506040516154ee3803806154ee83398101604081905261002f916109da565b3060405161003c906108a2565b6001600160a01b039091168152602001604051809103906000f080158015610068573d6000803e3d6000fd5b50600380546001600160a01b0319166001600160a01b039290921691909117905560005b83518110156100c5576100bd8482815181106100aa576100aa610b9d565b60200260200101516100d860201b60201c565b60010161008c565b506100d0828261051a565b505050610ec2565b805160009081526007602052604081206080830151909163ffffffff90911690036101c9576003810154600160a01b900463ffffffff1660000361012f576040516333003c0760e01b815260040160405180910390fd5b610138816106ee565b8151600282015460038301546040516000805160206154ce833981519152926101789260018701926001600160a01b039283169290911690600090610bed565b60405180910390a281516000908152600760205260408120818155906101a160018301826108af565b506002810180546001600160a01b031916905560030180546001600160c01b03191690555050565b602082015151825115806101db575080155b806101e65750604081115b806101fc575060408301516001600160a01b0316155b80610212575060608301516001600160a01b0316155b15610230576040516333003c0760e01b815260040160405180910390fd5b6003820154600160a01b900463ffffffff166000036102a357600654601f190161026d57604051636b2d630f60e11b815260040160405180910390fd5b8251600680546001810182556000919091527ff652222313e28459528d920b65115c16c04f3efc82aaedc97be59f3f377c0d3f01555b604083015160028301546001600160a01b039081169116146102cd5760408301516102cd90610839565b606083015160038301546001600160a01b0390811691161480159061030c575082604001516001600160a01b031683606001516001600160a01b031614155b1561031f57606083015161031f90610839565b60028201546001600160a01b039081166000908152600460205260408082208290558551868201518416835291205560608401516003840154821691161461044a5760038201546001600160a01b0316156103df576003805490830154604051632ef3b5a360e11b81526001600160a01b03918216600482015260006024820152911690635de76b4690604401600060405180830381600087803b1580156103c657600080fd5b505af11580156103da573d6000803e3d6000fd5b505050505b6003546060840151604051632ef3b5a360e11b81526001600160a01b03918216600482015260016024820152911690635de76b4690604401600060405180830381600087803b15801561043157600080fd5b505af1158015610445573d6000803e3d6000fd5b505050505b82516000908152600760209081526040909120845181559084015184919060018201906104779082610d01565b506040828101516002830180546001600160a01b039283166001600160a01b03199091161790556060808501516003909401805460809687015163ffffffff16600160a01b026001600160c01b031990911695909316949094179190911790925585516020870151878301519388015194880151925191946000805160206154ce8339815191529461050d949293909290610dc3565b60405180910390a2505050565b60008060005b60065481101561059f576000600760006006848154811061054357610543610b9d565b6000918252602080832090910154835282019290925260400190206003015463ffffffff600160a01b90910416905061057c8185610e32565b93508263ffffffff168163ffffffff161115610596578092505b50600101610520565b50816001600160401b03168463ffffffff1611806105df57506001600160401b0382166105d363ffffffff86166002610e57565b6001600160401b031611155b806105f657508063ffffffff168463ffffffff1611155b156106385760405163e67988f560e01b815263ffffffff80861660048301526001600160401b0384166024830152821660448201526064015b60405180910390fd5b610e10836001600160401b0316108061065d57506301e13380836001600160401b0316115b1561067b57604051633dee3b7160e11b815260040160405180910390fd5b6000805463ffffffff86166001600160601b031990911681176401000000006001600160401b038716908102919091179092556040805191825260208201929092527fe54d310d8d4be9d704fd64ae68e4c9902a67f3620ef8ce6e33f097cfb8b982cc910160405180910390a150505050565b60028101546001600160a01b03908116600090815260046020819052604080832083905560038054908601549151632ef3b5a360e11b815291851692820192909252602481019290925290911690635de76b4690604401600060405180830381600087803b15801561075f57600080fd5b505af1158015610773573d6000803e3d6000fd5b5050600654600092506107899150600190610e80565b905060005b81811161083457825460068054839081106107ab576107ab610b9d565b90600052602060002001540361082457600682815481106107ce576107ce610b9d565b9060005260206000200154600682815481106107ec576107ec610b9d565b600091825260209091200155600680548061080957610809610e93565b60019003818190600052602060002001600090559055505050565b61082d81610ea9565b905061078e565b505050565b6001600160a01b03811660009081526005602052604090205460ff161561087e5760405163c4246ce160e01b81526001600160a01b038216600482015260240161062f565b6001600160a01b03166000908152600560205260409020805460ff19166001179055565b6123e7806130e783390190565b5080546108bb90610bb3565b6000825580601f106108cb575050565b601f0160209004906000526020600020906108e691906108e8565b565b60005b80821115610834576000818401556001016108eb565b634e487b7160e01b600052604160045260246000fd5b60405160a081016001600160401b038111828210171561093957610939610901565b60405290565b604051601f8201601f191681016001600160401b038111828210171561096757610967610901565b604052919050565b60005b8381101561098a578181015183820152602001610972565b50506000910152565b80516001600160a01b03811681146109aa57600080fd5b919050565b805163ffffffff811681146109aa57600080fd5b80516001600160401b03811681146109aa57600080fd5b6000806000606084860312156109ef57600080fd5b83516001600160401b03811115610a0557600080fd5b8401601f81018613610a1657600080fd5b80516001600160401b03811115610a2f57610a2f610901565b8060051b610a3f6020820161093f565b91825260208184018101929081019089841115610a5b57600080fd5b6020850192505b83831015610b725782516001600160401b03811115610a8057600080fd5b850160a0818c03601f19011215610a9657600080fd5b610a9e610917565b6020820151815260408201516001600160401b03811115610abe57600080fd5b82016020810190603f018d13610ad357600080fd5b80516001600160401b03811115610aec57610aec610901565b610aff601f8201601f191660200161093f565b8181528e6020838501011115610b1457600080fd5b610b2582602083016020860161096f565b602084015250610b39905060608301610993565b6040820152610b4a60808301610993565b6060820152610b5b60a083016109af565b608082015283525060209283019290910190610a62565b8097505050505050610b86602085016109af565b9150610b94604085016109c3565b90509250925092565b634e487b7160e01b600052603260045260246000fd5b600181811c90821680610bc757607f821691505b602082108103610be757634e487b7160e01b600052602260045260246000fd5b50919050565b608081526000808654610bff81610bb3565b8060808601526001821660008114610c1e5760018114610c3a57610c6e565b60ff19831660a087015260a082151560051b8701019350610c6e565b89600052602060002060005b83811015610c6557815488820160a00152600190910190602001610c46565b870160a0019450505b5050506001600160a01b038616602084015290506001600160a01b038416604083015263ffffffff8316606083015295945050505050565b601f821115610834578282111561083457806000526020600020601f840160051c6020851015610cd4575060005b90810190601f840160051c0360005b81811015610cf957600083820155600101610ce3565b505050505050565b81516001600160401b03811115610d1a57610d1a610901565b610d2e81610d288454610bb3565b84610ca6565b6020601f821160018114610d625760008315610d4a5750848201515b600019600385901b1c1916600184901b178455610dbc565b600084815260208120601f198516915b82811015610d925787850151825560209485019460019092019101610d72565b5084821015610db05786840151600019600387901b60f8161c191681555b505060018360011b0184555b5050505050565b6080815260008551806080840152610de28160a0850160208a0161096f565b6001600160a01b03958616602084015293909416604082015263ffffffff91909116606082015260a0601f909201601f1916010192915050565b634e487b7160e01b600052601160045260246000fd5b6001600160401b038181168382160190811115610e5157610e51610e1c565b92915050565b6001600160401b038181168382160290811690818114610e7957610e79610e1c565b5092915050565b81810381811115610e5157610e51610e1c565b634e487b7160e01b600052603160045260246000fd5b600060018201610ebb57610ebb610e1c565b5060010190565b61221680610ed16000396000f3fe608060405234801561001057600080fd5b50600436106101005760003560e01c80636a28102011610097578063ce77f2ff11610066578063ce77f2ff146102d4578063e0a25ba3146102dc578063ef78d4fd146102e5578063fa073d761461030157600080fd5b80636a2810201461022b5780638e19899e1461023e57806398d35f2014610251578063b984b2cd1461029657600080fd5b806332ed5b12116100d357806332ed5b121461016c57806342cde4e8146101c757806346073baa146101ec5780634c108d6d146101ff57600080fd5b80630336e8b41461010557806307a52c061461011a5780630f560cd71461012d57806331c2bd0b1461014b575b600080fd5b6101186101133660046118ad565b610321565b005b610118610128366004611924565b61038f565b6101356105ff565b6040516101429190611a14565b60405180910390f35b61015e610159366004611924565b6107fa565b604051908152602001610142565b6101a761017a366004611b04565b60016020526000908152604090205467ffffffffffffffff81169068010000000000000000900460ff1682565b6040805167ffffffffffffffff9093168352901515602083015201610142565b6000546101d79063ffffffff1681565b60405163ffffffff9091168152602001610142565b6101186101fa366004611b1d565b610a2d565b61021261020d366004611b04565b610a70565b60405167ffffffffffffffff9091168152602001610142565b61015e610239366004611924565b610b2b565b61011861024c366004611b04565b610ba7565b6003546102719073ffffffffffffffffffffffffffffffffffffffff1681565b60405173ffffffffffffffffffffffffffffffffffffffff9091168152602001610142565b6102c46102a4366004611b61565b600260209081526000928352604080842090915290825290205460ff1681565b6040519015158152602001610142565b61015e602081565b61015e61100081565b60005461021290640100000000900467ffffffffffffffff1681565b61015e61030f366004611b84565b60046020526000908152604090205481565b33301461035a576040517f17be5b7b00000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b61036b61036683611c4d565b610cba565b60005461038b908290640100000000900467ffffffffffffffff166112e8565b5050565b33600090815260046020526040812054908190036103d9576040517fdbd125ea00000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b60006103e786868686610b2b565b90506103f281611519565b600081815260026020908152604080832033845290915290205460ff1615610446576040517f101f817a00000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b600081815260026020908152604080832033845290915280822080547fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff0016600117905551839183917f9ae549846e4f59f3cbe53d35884db98b63632ec86e14c23b5b9a28bff726e4a39190a360005463ffffffff166104c482610a70565b67ffffffffffffffff1610156104db5750506105f9565b60008181526001602052604080822080547fffffffffffffffffffffffffffffffffffffffffffffff00ffffffffffffffff16680100000000000000001790555182917fa74c8847d513feba22a0f0cb38d53081abf97562cdb293926ba243689e7c41ca91a26000808773ffffffffffffffffffffffffffffffffffffffff16878760405161056b929190611d4b565b6000604051808303816000865af19150503d80600081146105a8576040519150601f19603f3d011682016040523d82523d6000602084013e6105ad565b606091505b5091509150816105f457806040517fa5fa8d2b0000000000000000000000000000000000000000000000000000000081526004016105eb9190611d5b565b60405180910390fd5b505050505b50505050565b60065460609067ffffffffffffffff81111561061d5761061d611ba6565b60405190808252806020026020018201604052801561069457816020015b6040805160a0810182526000808252606060208084018290529383018290528201819052608082015282527fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff90920191018161063b5790505b50905060005b6006548110156107f65760076000600683815481106106bb576106bb611d6e565b906000526020600020015481526020019081526020016000206040518060a0016040529081600082015481526020016001820180546106f990611d9d565b80601f016020809104026020016040519081016040528092919081815260200182805461072590611d9d565b80156107725780601f1061074757610100808354040283529160200191610772565b820191906000526020600020905b81548152906001019060200180831161075557829003601f168201915b5050509183525050600282015473ffffffffffffffffffffffffffffffffffffffff908116602083015260039092015491821660408201527401000000000000000000000000000000000000000090910463ffffffff1660609091015282518390839081106107e3576107e3611d6e565b602090810291909101015260010161069a565b5090565b33600090815260046020526040812054808203610843576040517fdbd125ea00000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b611000841180610868575073ffffffffffffffffffffffffffffffffffffffff86163b155b1561089f576040517fcf0e432800000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b6108ab86868686610b2b565b60008181526001602052604090205490925067ffffffffffffffff16156108fe576040517f7942918600000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b6000805461091e90640100000000900467ffffffffffffffff1642611e19565b600084815260016020818152604080842080547fffffffffffffffffffffffffffffffffffffffffffffffff00000000000000001667ffffffffffffffff8716179055600282528084203385529091529182902080547fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff001690911790555190915073ffffffffffffffffffffffffffffffffffffffff881690839085907fd0ebfeb51e19ff0afd371abc053114c6273e9936f5d785ebc8ad367e4598423c906109ee908b908b908b908990611e3f565b60405180910390a4604051829084907f9ae549846e4f59f3cbe53d35884db98b63632ec86e14c23b5b9a28bff726e4a390600090a35050949350505050565b333014610a66576040517f17be5b7b00000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b61038b82826112e8565b6000805b600654811015610b255760006007600060068481548110610a9757610a97611d6e565b60009182526020808320909101548352828101939093526040918201812087825260028085528383209082015473ffffffffffffffffffffffffffffffffffffffff168352909352205490915060ff1615610b1c576003810154610b199074010000000000000000000000000000000000000000900463ffffffff1684611e19565b92505b50600101610a74565b50919050565b60004630868686604051610b40929190611d4b565b60408051918290038220602083019590955273ffffffffffffffffffffffffffffffffffffffff9384169082015291166060820152608081019190915260a0810183905260c001604051602081830303815290604052805190602001209050949350505050565b3360009081526004602052604081205490819003610bf1576040517fdbd125ea00000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b610bfa82611519565b600082815260026020908152604080832033845290915290205460ff16610c4d576040517fc19f17a900000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b600082815260026020908152604080832033845290915280822080547fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff0016905551829184917f62388c59a1deeef5c43bd1e453c09d8fd255c31f651700e1f606339958b88b1c9190a35050565b805160009081526007602052604081206080830151909163ffffffff9091169003610e2457600381015474010000000000000000000000000000000000000000900463ffffffff16600003610d3b576040517f33003c0700000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b610d448161160a565b8151600282015460038301546040517f8b2cb3b6960ff267b26941922720ff4d1b330e147499d98cad8f49a138b878bc92610da392600187019273ffffffffffffffffffffffffffffffffffffffff9283169290911690600090611ea7565b60405180910390a28151600090815260076020526040812081815590610dcc6001830182611842565b506002810180547fffffffffffffffffffffffff000000000000000000000000000000000000000016905560030180547fffffffffffffffff0000000000000000000000000000000000000000000000001690555050565b60208201515182511580610e36575080155b80610e415750604081115b80610e645750604083015173ffffffffffffffffffffffffffffffffffffffff16155b80610e875750606083015173ffffffffffffffffffffffffffffffffffffffff16155b15610ebe576040517f33003c0700000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b600382015474010000000000000000000000000000000000000000900463ffffffff16600003610f79576006547fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe001610f43576040517fd65ac61e00000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b8251600680546001810182556000919091527ff652222313e28459528d920b65115c16c04f3efc82aaedc97be59f3f377c0d3f01555b6040830151600283015473ffffffffffffffffffffffffffffffffffffffff908116911614610faf57610faf836040015161177b565b6060830151600383015473ffffffffffffffffffffffffffffffffffffffff9081169116148015906110155750826040015173ffffffffffffffffffffffffffffffffffffffff16836060015173ffffffffffffffffffffffffffffffffffffffff1614155b1561102757611027836060015161177b565b600282015473ffffffffffffffffffffffffffffffffffffffff908116600090815260046020526040808220829055855186820151841683529120556060840151600384015482169116146111b857600382015473ffffffffffffffffffffffffffffffffffffffff16156111275760038054908301546040517f5de76b4600000000000000000000000000000000000000000000000000000000815273ffffffffffffffffffffffffffffffffffffffff918216600482015260006024820152911690635de76b4690604401600060405180830381600087803b15801561110e57600080fd5b505af1158015611122573d6000803e3d6000fd5b505050505b60035460608401516040517f5de76b4600000000000000000000000000000000000000000000000000000000815273ffffffffffffffffffffffffffffffffffffffff918216600482015260016024820152911690635de76b4690604401600060405180830381600087803b15801561119f57600080fd5b505af11580156111b3573d6000803e3d6000fd5b505050505b82516000908152600760209081526040909120845181559084015184919060018201906111e59082611ff3565b5060408281015160028301805473ffffffffffffffffffffffffffffffffffffffff9283167fffffffffffffffffffffffff00000000000000000000000000000000000000009091161790556060808501516003909401805460809687015163ffffffff1674010000000000000000000000000000000000000000027fffffffffffffffff00000000000000000000000000000000000000000000000090911695909316949094179190911790925585516020870151878301519388015194880151925191947f8b2cb3b6960ff267b26941922720ff4d1b330e147499d98cad8f49a138b878bc946112db949293909290612110565b60405180910390a2505050565b60008060005b60065481101561137e576000600760006006848154811061131157611311611d6e565b6000918252602080832090910154835282019290925260400190206003015463ffffffff7401000000000000000000000000000000000000000090910416905061135b8185611e19565b93508263ffffffff168163ffffffff161115611375578092505b506001016112ee565b508167ffffffffffffffff168463ffffffff1611806113c1575067ffffffffffffffff82166113b463ffffffff86166002612172565b67ffffffffffffffff1611155b806113d857508063ffffffff168463ffffffff1611155b1561142f576040517fe67988f500000000000000000000000000000000000000000000000000000000815263ffffffff808616600483015267ffffffffffffffff84166024830152821660448201526064016105eb565b610e108367ffffffffffffffff16108061145657506301e133808367ffffffffffffffff16115b1561148d576040517f7bdc76e200000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b6000805463ffffffff86167fffffffffffffffffffffffffffffffffffffffff000000000000000000000000909116811764010000000067ffffffffffffffff8716908102919091179092556040805191825260208201929092527fe54d310d8d4be9d704fd64ae68e4c9902a67f3620ef8ce6e33f097cfb8b982cc910160405180910390a150505050565b60008181526001602052604081208054909167ffffffffffffffff909116900361156f576040517f0dc5fde900000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b805468010000000000000000900460ff16156115b7576040517fbdb9021000000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b805467ffffffffffffffff16421061038b5780546040517f9569365300000000000000000000000000000000000000000000000000000000815267ffffffffffffffff90911660048201526024016105eb565b600281015473ffffffffffffffffffffffffffffffffffffffff9081166000908152600460208190526040808320839055600380549086015491517f5de76b4600000000000000000000000000000000000000000000000000000000815291851692820192909252602481019290925290911690635de76b4690604401600060405180830381600087803b1580156116a157600080fd5b505af11580156116b5573d6000803e3d6000fd5b5050600654600092506116cb915060019061219c565b905060005b81811161177657825460068054839081106116ed576116ed611d6e565b906000526020600020015403611766576006828154811061171057611710611d6e565b90600052602060002001546006828154811061172e5761172e611d6e565b600091825260209091200155600680548061174b5761174b6121af565b60019003818190600052602060002001600090559055505050565b61176f816121de565b90506116d0565b505050565b73ffffffffffffffffffffffffffffffffffffffff811660009081526005602052604090205460ff16156117f3576040517fc4246ce100000000000000000000000000000000000000000000000000000000815273ffffffffffffffffffffffffffffffffffffffff821660048201526024016105eb565b73ffffffffffffffffffffffffffffffffffffffff16600090815260056020526040902080547fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff00166001179055565b50805461184e90611d9d565b6000825580601f1061185e575050565b601f016020900490600052602060002090611879919061187b565b565b60005b808211156117765760008184015560010161187e565b803563ffffffff811681146118a857600080fd5b919050565b600080604083850312156118c057600080fd5b823567ffffffffffffffff8111156118d757600080fd5b830160a081860312156118e957600080fd5b91506118f760208401611894565b90509250929050565b803573ffffffffffffffffffffffffffffffffffffffff811681146118a857600080fd5b6000806000806060858703121561193a57600080fd5b61194385611900565b9350602085013567ffffffffffffffff81111561195f57600080fd5b8501601f8101871361197057600080fd5b803567ffffffffffffffff81111561198757600080fd5b87602082840101111561199957600080fd5b949760209190910196509394604001359392505050565b6000815180845260005b818110156119d6576020818501810151868301820152016119ba565b5060006020828601015260207fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe0601f83011685010191505092915050565b6000602082016020835280845180835260408501915060408160051b86010192506020860160005b82811015611af8577fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffc0878603018452815180518652602081015160a06020880152611a8a60a08801826119b0565b905073ffffffffffffffffffffffffffffffffffffffff604083015116604088015273ffffffffffffffffffffffffffffffffffffffff606083015116606088015263ffffffff60808301511660808801528096505050602082019150602084019350600181019050611a3c565b50929695505050505050565b600060208284031215611b1657600080fd5b5035919050565b60008060408385031215611b3057600080fd5b611b3983611894565b9150602083013567ffffffffffffffff81168114611b5657600080fd5b809150509250929050565b60008060408385031215611b7457600080fd5b823591506118f760208401611900565b600060208284031215611b9657600080fd5b611b9f82611900565b9392505050565b7f4e487b7100000000000000000000000000000000000000000000000000000000600052604160045260246000fd5b60405160a0810167ffffffffffffffff81118282101715611bf857611bf8611ba6565b60405290565b604051601f82017fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe016810167ffffffffffffffff81118282101715611c4557611c45611ba6565b604052919050565b600060a08236031215611c5f57600080fd5b611c67611bd5565b82358152602083013567ffffffffffffffff811115611c8557600080fd5b830136601f820112611c9657600080fd5b803567ffffffffffffffff811115611cb057611cb0611ba6565b611ce160207fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe0601f84011601611bfe565b818152366020838501011115611cf657600080fd5b81602084016020830137600060208383010152806020850152505050611d1e60408401611900565b6040820152611d2f60608401611900565b6060820152611d4060808401611894565b608082015292915050565b8183823760009101908152919050565b602081526000611b9f60208301846119b0565b7f4e487b7100000000000000000000000000000000000000000000000000000000600052603260045260246000fd5b600181811c90821680611db157607f821691505b602082108103610b25577f4e487b7100000000000000000000000000000000000000000000000000000000600052602260045260246000fd5b7f4e487b7100000000000000000000000000000000000000000000000000000000600052601160045260246000fd5b67ffffffffffffffff8181168382160190811115611e3957611e39611dea565b92915050565b6060815283606082015283856080830137600060808583010152600060807fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe0601f870116830101905083602083015267ffffffffffffffff8316604083015295945050505050565b608081526000808654611eb981611d9d565b8060808601526001821660008114611ed85760018114611f1257611f46565b7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff00831660a087015260a082151560051b8701019350611f46565b89600052602060002060005b83811015611f3d57815488820160a00152600190910190602001611f1e565b870160a0019450505b50505073ffffffffffffffffffffffffffffffffffffffff86166020840152905073ffffffffffffffffffffffffffffffffffffffff8416604083015263ffffffff8316606083015295945050505050565b601f821115611776578282111561177657806000526020600020601f840160051c6020851015611fc6575060005b90810190601f840160051c0360005b81811015611feb57600083820155600101611fd5565b505050505050565b815167ffffffffffffffff81111561200d5761200d611ba6565b6120218161201b8454611d9d565b84611f98565b6020601f821160018114612073576000831561203d5750848201515b7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff600385901b1c1916600184901b178455612109565b6000848152602081207fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe08516915b828110156120c157878501518255602094850194600190920191016120a1565b50848210156120fd57868401517fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff600387901b60f8161c191681555b505060018360011b0184555b5050505050565b60808152600061212360808301876119b0565b905073ffffffffffffffffffffffffffffffffffffffff8516602083015273ffffffffffffffffffffffffffffffffffffffff8416604083015263ffffffff8316606083015295945050505050565b67ffffffffffffffff818116838216029081169081811461219557612195611dea565b5092915050565b81810381811115611e3957611e39611dea565b7f4e487b7100000000000000000000000000000000000000000000000000000000600052603160045260246000fd5b60007fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff820361220f5761220f611dea565b5060010190566080604052348015600f57600080fd5b506040516123e73803806123e7833981016040819052602c916076565b6001600160a01b0381166052576040516341730ccd60e01b815260040160405180910390fd5b600280546001600160a01b0319166001600160a01b039290921691909117905560a4565b600060208284031215608757600080fd5b81516001600160a01b0381168114609d57600080fd5b9392505050565b612334806100b36000396000f3fe608060405234801561001057600080fd5b50600436106101515760003560e01c80636bab6b0d116100cd57806399f2905511610081578063a6e3aa4211610066578063a6e3aa42146105c2578063b9f5fa4f1461062b578063f223c0201461063e57600080fd5b806399f290551461055f5780639a2b3a24146105a857600080fd5b806377a99cfb116100b257806377a99cfb146104ca578063804c06d7146104dd5780639586ceee1461052957600080fd5b80636bab6b0d146103a557806370c127c6146104b757600080fd5b806335d806f8116101245780635ccc1d15116101095780635ccc1d15146103575780635de76b461461036a57806363011d571461037d57600080fd5b806335d806f81461030f578063575739631461034457600080fd5b806308fd46be146101565780630c340a24146102a257806310c63ba8146102e757806331e31640146102fc575b600080fd5b610275610164366004611fb1565b6000908152600460209081526040808320600183528184205473ffffffffffffffffffffffffffffffffffffffff168452825291829020825160c081018452905467ffffffffffffffff808216835268010000000000000000820481169383019390935270010000000000000000000000000000000081049092169281019290925265ffffffffffff78010000000000000000000000000000000000000000000000008204166060830181905260ff7e0100000000000000000000000000000000000000000000000000000000000083048116608085018190527f01000000000000000000000000000000000000000000000000000000000000009093041660a09093018390529092909160031490565b6040805160ff909416845265ffffffffffff90921660208401521515908201526060015b60405180910390f35b6002546102c29073ffffffffffffffffffffffffffffffffffffffff1681565b60405173ffffffffffffffffffffffffffffffffffffffff9091168152602001610299565b6102fa6102f536600461201a565b610671565b005b6102fa61030a366004612067565b6109e5565b6103367fcee33deb239310af15200c2f2c227d5abf6ea1d141cdd147503e39bc16d5e64081565b604051908152602001610299565b6102fa6103523660046120ab565b610deb565b6102fa610365366004612141565b61100b565b6102fa61037836600461218d565b611149565b61033661038b3660046121b7565b600060208181529281526040808220909352908152205481565b6103366103b33660046121da565b604080517f8b73c3c69bb8fe3d512ecc4cf759cc79239f7b179b0ffacaa9a75d522b39400f81527f5cd6a6e9e05351dd77cd0e8ec91a04721ce9a415949d0f368d24bd5a621b7a22602082019081527fc89efdaa54c0f20c7adf612882df0950f5a951637e0307cdcb4c672f298b8bc692820192835246606083019081523060808085019190915260a084207fcee33deb239310af15200c2f2c227d5abf6ea1d141cdd147503e39bc16d5e64085529790925267ffffffffffffffff95909516909252919092529081207f19010000000000000000000000000000000000000000000000000000000000008252600282019290925260228101919091526042902090565b6102fa6104c53660046121da565b611224565b6102fa6104d83660046121da565b61137c565b6103366104eb366004612210565b604080516020808201969096528082019490945260608401929092526080808401919091528151808403909101815260a09092019052805191012090565b6102c2610537366004611fb1565b60016020526000908152604090205473ffffffffffffffffffffffffffffffffffffffff1681565b61057261056d366004611fb1565b6115f1565b604051610299949392919067ffffffffffffffff9485168152928416602084015292166040820152901515606082015260800190565b6105b0602081565b60405160ff9091168152602001610299565b6106056105d0366004611fb1565b6003602052600090815260409020805460019091015467ffffffffffffffff82169168010000000000000000900460ff169083565b6040805167ffffffffffffffff9094168452911515602084015290820152606001610299565b6102fa610639366004612242565b61171f565b61066161064c366004612265565b60056020526000908152604090205460ff1681565b6040519015158152602001610299565b60025473ffffffffffffffffffffffffffffffffffffffff1633146106c2576040517fee3675d400000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b73ffffffffffffffffffffffffffffffffffffffff831661070f576040517f7ce9b21a00000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b60008481526001602052604090205473ffffffffffffffffffffffffffffffffffffffff161561076b576040517f2fa1d71d00000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b61077582826118af565b826001600086815260200190815260200160002060006101000a81548173ffffffffffffffffffffffffffffffffffffffff021916908373ffffffffffffffffffffffffffffffffffffffff1602179055506040518060c00160405280600067ffffffffffffffff1681526020014367ffffffffffffffff1681526020014267ffffffffffffffff1681526020018265ffffffffffff1681526020018360ff168152602001600160ff168152506004600086815260200190815260200160002060008573ffffffffffffffffffffffffffffffffffffffff1673ffffffffffffffffffffffffffffffffffffffff16815260200190815260200160002060008201518160000160006101000a81548167ffffffffffffffff021916908367ffffffffffffffff16021790555060208201518160000160086101000a81548167ffffffffffffffff021916908367ffffffffffffffff16021790555060408201518160000160106101000a81548167ffffffffffffffff021916908367ffffffffffffffff16021790555060608201518160000160186101000a81548165ffffffffffff021916908365ffffffffffff160217905550608082015181600001601e6101000a81548160ff021916908360ff16021790555060a082015181600001601f6101000a81548160ff021916908360ff160217905550905050837fcf0934e856fa31563d144aa79150784722c88d99e55375ac5c82e58cd935c5e28484846040516109d79392919073ffffffffffffffffffffffffffffffffffffffff93909316835260ff91909116602083015265ffffffffffff16604082015260600190565b60405180910390a250505050565b60025473ffffffffffffffffffffffffffffffffffffffff163314610a36576040517fee3675d400000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b73ffffffffffffffffffffffffffffffffffffffff8116610a83576040517f7ce9b21a00000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b60008281526001602052604090205473ffffffffffffffffffffffffffffffffffffffff1680610adf576040517f0cf6459800000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b8173ffffffffffffffffffffffffffffffffffffffff168173ffffffffffffffffffffffffffffffffffffffff1603610b44576040517f2fa1d71d00000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b600083815260046020908152604080832073ffffffffffffffffffffffffffffffffffffffff8581168552908352818420908616808552828520825481547fffffffffffffffffffffffffffffffffffffffffffffffff0000000000000000811667ffffffffffffffff9283169081178455855468010000000000000000908190048416027fffffffffffffffffffffffffffffffff0000000000000000000000000000000090921617178083558454700100000000000000000000000000000000908190049092169091027fffffffffffffffff0000000000000000ffffffffffffffffffffffffffffffff821681178355845465ffffffffffff78010000000000000000000000000000000000000000000000009182900416027fffff000000000000ffffffffffffffffffffffffffffffffffffffffffffffff9091167fffff0000000000000000000000000000ffffffffffffffffffffffffffffffff9092169190911717808255835460ff7e010000000000000000000000000000000000000000000000000000000000009182900481169091027fff00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff83168117845585547f0100000000000000000000000000000000000000000000000000000000000000908190049092169091027effffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff9091167dffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff9092169190911717905590849055868452600183529281902080547fffffffffffffffffffffffff000000000000000000000000000000000000000016841790555191825284917f2d7cb9dc32114662fb5855a10bf83276866ec4b5fa0372654c40920836f755d091015b60405180910390a2505050565b60008581526004602090815260408083203384528252808320815160c081018352815467ffffffffffffffff808216835268010000000000000000820481169583019590955270010000000000000000000000000000000081049094169281019290925265ffffffffffff7801000000000000000000000000000000000000000000000000840416606083015260ff7e010000000000000000000000000000000000000000000000000000000000008404811660808401527f010000000000000000000000000000000000000000000000000000000000000090930490921660a08201529091908190610ee090898989611902565b91509150811561100157604080517f8b73c3c69bb8fe3d512ecc4cf759cc79239f7b179b0ffacaa9a75d522b39400f81527f5cd6a6e9e05351dd77cd0e8ec91a04721ce9a415949d0f368d24bd5a621b7a22602082019081527fc89efdaa54c0f20c7adf612882df0950f5a951637e0307cdcb4c672f298b8bc692820192835246606083019081523060808085019190915260a084207fcee33deb239310af15200c2f2c227d5abf6ea1d141cdd147503e39bc16d5e6408552928d905267ffffffffffffffff8c169094528990529181207f190100000000000000000000000000000000000000000000000000000000000082526002820192909252602281019190915260429020610ff59082908787611c26565b61100183898989611e01565b5050505050505050565b60025473ffffffffffffffffffffffffffffffffffffffff16331461105c576040517fee3675d400000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b600061106784611f1f565b905061107383836118af565b80547fff00000000000000ffffffffffffffffffffffffffffffffffffffffffffffff167e0100000000000000000000000000000000000000000000000000000000000060ff85169081027fffff000000000000ffffffffffffffffffffffffffffffffffffffffffffffff1691909117780100000000000000000000000000000000000000000000000065ffffffffffff851690810291909117835560408051928352602083019190915285917f542413d6b3277fce126c79fc72831c4edc02778f6f583dc443872827d49a743e91016109d7565b60025473ffffffffffffffffffffffffffffffffffffffff16331461119a576040517fee3675d400000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b73ffffffffffffffffffffffffffffffffffffffff821660008181526005602090815260409182902080547fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff001685151590811790915591519182527f804a08ed8a06a864fefdbed5b88b6a948eab5683fc134107503237c8a868db95910160405180910390a25050565b60008381526004602090815260408083203384528252808320815160c081018352815467ffffffffffffffff808216835268010000000000000000820481169583019590955270010000000000000000000000000000000081049094169281019290925265ffffffffffff7801000000000000000000000000000000000000000000000000840416606083015260ff7e010000000000000000000000000000000000000000000000000000000000008404811660808401527f010000000000000000000000000000000000000000000000000000000000000090930490921660a0820152909190819061131990878787611902565b9150915081156113745760ff811615611368576040517f2ac6be0900000000000000000000000000000000000000000000000000000000815260ff821660048201526024015b60405180910390fd5b61137483878787611e01565b505050505050565b60025473ffffffffffffffffffffffffffffffffffffffff1633146113cd576040517fee3675d400000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b60006113d884611f1f565b80549091507ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe7f010000000000000000000000000000000000000000000000000000000000000090910460ff160161147957600084815260036020526040908190205490517f825fbb1a00000000000000000000000000000000000000000000000000000000815267ffffffffffffffff909116600482015260240161135f565b67ffffffffffffffff8316158015906114b1575060008481526020818152604080832067ffffffffffffffff87168452909152902054155b156114f75780546040517f8c24786100000000000000000000000000000000000000000000000000000000815267ffffffffffffffff909116600482015260240161135f565b80547f02000000000000000000000000000000000000000000000000000000000000007effffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff9091161781556040805160608101825267ffffffffffffffff8581168083526001602080850182815285870189815260008c815260038452889020965187549251151568010000000000000000027fffffffffffffffffffffffffffffffffffffffffffffff00000000000000000090931696169590951717855592519301929092558251918252810184905285917fdfa66d7cba5fd2181d6f0e809593fe08bd47c50e10d0b80bd73875e84e70b46391016109d7565b6000818152600460209081526040808320600183528184205473ffffffffffffffffffffffffffffffffffffffff1684528252808320815160c081018352905467ffffffffffffffff8082168084526801000000000000000083048216958401959095527001000000000000000000000000000000008204169282019290925265ffffffffffff7801000000000000000000000000000000000000000000000000830416606082015260ff7e010000000000000000000000000000000000000000000000000000000000008304811660808301527f010000000000000000000000000000000000000000000000000000000000000090920490911660a0820181905283928392600290921491901561171757805160208201516040830151919650945092505b509193509193565b60025473ffffffffffffffffffffffffffffffffffffffff163314611770576040517fee3675d400000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b600061177b83611f1f565b80549091507ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe7f010000000000000000000000000000000000000000000000000000000000000090910460ff160161181c57600083815260036020526040908190205490517f825fbb1a00000000000000000000000000000000000000000000000000000000815267ffffffffffffffff909116600482015260240161135f565b8161182857600161182b565b60035b815460ff919091167f0100000000000000000000000000000000000000000000000000000000000000027effffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff909116178155604051821515815283907fd2fafb9dbabdb0b5df2788e3e68d9f5e9b031583cfc49e086a2b95b77c3fc5b590602001610dde565b65ffffffffffff811615806118c75750602060ff8316115b156118fe576040517f2129936100000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b5050565b60a0840151600090819060ff16611945576040517f751a1cd000000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b8367ffffffffffffffff16600003611989576040517f3db2a12a00000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b856000015167ffffffffffffffff168467ffffffffffffffff1610156119ea5785516040517f60b83dc700000000000000000000000000000000000000000000000000000000815267ffffffffffffffff909116600482015260240161135f565b856000015167ffffffffffffffff168467ffffffffffffffff1603611ac657602080870151604080890151815180850188905267ffffffffffffffff808a1682850152938416606082015292166080808401919091528151808403909101815260a09092019052805191012060008681526020818152604080832067ffffffffffffffff8916845290915290205414611abb576040517f40bedd4e00000000000000000000000000000000000000000000000000000000815267ffffffffffffffff8516600482015260240161135f565b506000905080611c1d565b600260ff168660a0015160ff1603611b2757600085815260036020526040908190205490517f825fbb1a00000000000000000000000000000000000000000000000000000000815267ffffffffffffffff909116600482015260240161135f565b600360ff168660a0015160ff1603611b6b576040517fd05c7c7800000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b6000866040015167ffffffffffffffff1642611b8791906122b6565b611b929060016122cf565b876060015165ffffffffffff16611ba991906122e2565b8751611bbf919067ffffffffffffffff166122cf565b9050808567ffffffffffffffff161115611c11576040517f637aafff00000000000000000000000000000000000000000000000000000000815267ffffffffffffffff8216600482015260240161135f565b50505060808401516001905b94509492505050565b6000611c336041836122f9565b9050611c408160416122e2565b82141580611c5057508460ff1681105b15611c8c576040517f2ac6be0900000000000000000000000000000000000000000000000000000000815260ff8616600482015260240161135f565b8282810160005b818310156110015760408051600080825260208083018085528b905286840135821a93830184905286356060840181905290870135608084018190526041909701969093909290919060019060a0016020604051602081039080840390855afa158015611d04573d6000803e3d6000fd5b50506040517fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe001519150507f7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0831180611d8957508473ffffffffffffffffffffffffffffffffffffffff168173ffffffffffffffffffffffffffffffffffffffff1611155b80611dba575073ffffffffffffffffffffffffffffffffffffffff811660009081526005602052604090205460ff16155b15611df6576040517f2ac6be0900000000000000000000000000000000000000000000000000000000815260ff8d16600482015260240161135f565b9350611c9392505050565b60408051602080820184905267ffffffffffffffff8516828401524360608301524260808084018290528451808503909101815260a0909301909352815191012060008581526020818152604080832067ffffffffffffffff888116808652918452938290209490945588547fffffffffffffffffffffffffffffffff000000000000000000000000000000001684176801000000000000000043851602177fffffffffffffffff0000000000000000ffffffffffffffffffffffffffffffff16700100000000000000000000000000000000938616939093029290921788558151928352820184905285917fbea4d11b910aad40d2df2a90d97a3329219b6389f85777c99daad7eb5fafd439910160405180910390a25050505050565b60008181526001602052604081205473ffffffffffffffffffffffffffffffffffffffff1680611f7b576040517f0cf6459800000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b600092835260046020908152604080852073ffffffffffffffffffffffffffffffffffffffff9093168552919052909120919050565b600060208284031215611fc357600080fd5b5035919050565b803573ffffffffffffffffffffffffffffffffffffffff81168114611fee57600080fd5b919050565b803560ff81168114611fee57600080fd5b803565ffffffffffff81168114611fee57600080fd5b6000806000806080858703121561203057600080fd5b8435935061204060208601611fca565b925061204e60408601611ff3565b915061205c60608601612004565b905092959194509250565b6000806040838503121561207a57600080fd5b8235915061208a60208401611fca565b90509250929050565b803567ffffffffffffffff81168114611fee57600080fd5b6000806000806000608086880312156120c357600080fd5b853594506120d360208701612093565b935060408601359250606086013567ffffffffffffffff8111156120f657600080fd5b8601601f8101881361210757600080fd5b803567ffffffffffffffff81111561211e57600080fd5b88602082840101111561213057600080fd5b959894975092955050506020019190565b60008060006060848603121561215657600080fd5b8335925061216660208501611ff3565b915061217460408501612004565b90509250925092565b80358015158114611fee57600080fd5b600080604083850312156121a057600080fd5b6121a983611fca565b915061208a6020840161217d565b600080604083850312156121ca57600080fd5b8235915061208a60208401612093565b6000806000606084860312156121ef57600080fd5b833592506121ff60208501612093565b929592945050506040919091013590565b6000806000806080858703121561222657600080fd5b5050823594602084013594506040840135936060013592509050565b6000806040838503121561225557600080fd5b8235915061208a6020840161217d565b60006020828403121561227757600080fd5b61228082611fca565b9392505050565b7f4e487b7100000000000000000000000000000000000000000000000000000000600052601160045260246000fd5b818103818111156122c9576122c9612287565b92915050565b808201808211156122c9576122c9612287565b80820281158282048414176122c9576122c9612287565b60008261232f577f4e487b7100000000000000000000000000000000000000000000000000000000600052601260045260246000fd5b500490568b2cb3b6960ff267b26941922720ff4d1b330e147499d98cad8f49a138b878bc",
}

// Governance is an auto generated Go binding around an Ethereum contract.
type Governance struct {
	abi abi.ABI
}

// GetABI returns the ABI associated with this contract binding.
func (c *Governance) GetABI() abi.ABI {
	return c.abi
}

// NewGovernance creates a new instance of Governance.
func NewGovernance() *Governance {
	parsed, err := GovernanceMetaData.ParseABI()
	if err != nil {
		panic(errors.New("invalid ABI: " + err.Error()))
	}
	return &Governance{abi: *parsed}
}

// Instance creates a wrapper for a deployed contract instance at the given address.
// Use this to create the instance object passed to abigen v2 library functions Call, Transact, etc.
func (c *Governance) Instance(backend bind.ContractBackend, addr common.Address) *bind.BoundContract {
	return bind.NewBoundContract(addr, c.abi, backend, backend, backend)
}

// PackConstructor is the Go binding used to pack the parameters required for
// contract deployment.
//
// Solidity: constructor((bytes32,string,address,address,uint32)[] first, uint32 threshold_, uint64 period_) returns()
func (governance *Governance) PackConstructor(first []GovernanceOrganisation, threshold_ uint32, period_ uint64) []byte {
	enc, err := governance.abi.Pack("", first, threshold_, period_)
	if err != nil {
		panic(err)
	}
	return enc
}

// PackMAXCALL is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xe0a25ba3.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function MAX_CALL() view returns(uint256)
func (governance *Governance) PackMAXCALL() []byte {
	enc, err := governance.abi.Pack("MAX_CALL")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackMAXCALL is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xe0a25ba3.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function MAX_CALL() view returns(uint256)
func (governance *Governance) TryPackMAXCALL() ([]byte, error) {
	return governance.abi.Pack("MAX_CALL")
}

// UnpackMAXCALL is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xe0a25ba3.
//
// Solidity: function MAX_CALL() view returns(uint256)
func (governance *Governance) UnpackMAXCALL(data []byte) (*big.Int, error) {
	out, err := governance.abi.Unpack("MAX_CALL", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackMAXORGANISATIONS is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xce77f2ff.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function MAX_ORGANISATIONS() view returns(uint256)
func (governance *Governance) PackMAXORGANISATIONS() []byte {
	enc, err := governance.abi.Pack("MAX_ORGANISATIONS")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackMAXORGANISATIONS is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xce77f2ff.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function MAX_ORGANISATIONS() view returns(uint256)
func (governance *Governance) TryPackMAXORGANISATIONS() ([]byte, error) {
	return governance.abi.Pack("MAX_ORGANISATIONS")
}

// UnpackMAXORGANISATIONS is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xce77f2ff.
//
// Solidity: function MAX_ORGANISATIONS() view returns(uint256)
func (governance *Governance) UnpackMAXORGANISATIONS(data []byte) (*big.Int, error) {
	out, err := governance.abi.Unpack("MAX_ORGANISATIONS", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackAnchors is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x98d35f20.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function anchors() view returns(address)
func (governance *Governance) PackAnchors() []byte {
	enc, err := governance.abi.Pack("anchors")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackAnchors is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x98d35f20.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function anchors() view returns(address)
func (governance *Governance) TryPackAnchors() ([]byte, error) {
	return governance.abi.Pack("anchors")
}

// UnpackAnchors is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x98d35f20.
//
// Solidity: function anchors() view returns(address)
func (governance *Governance) UnpackAnchors(data []byte) (common.Address, error) {
	out, err := governance.abi.Unpack("anchors", data)
	if err != nil {
		return *new(common.Address), err
	}
	out0 := *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	return out0, nil
}

// PackApprove is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x07a52c06.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function approve(address target, bytes data, uint256 nonce) returns()
func (governance *Governance) PackApprove(target common.Address, data []byte, nonce *big.Int) []byte {
	enc, err := governance.abi.Pack("approve", target, data, nonce)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackApprove is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x07a52c06.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function approve(address target, bytes data, uint256 nonce) returns()
func (governance *Governance) TryPackApprove(target common.Address, data []byte, nonce *big.Int) ([]byte, error) {
	return governance.abi.Pack("approve", target, data, nonce)
}

// PackApproved is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xb984b2cd.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function approved(bytes32 proposalId, address key) view returns(bool)
func (governance *Governance) PackApproved(proposalId [32]byte, key common.Address) []byte {
	enc, err := governance.abi.Pack("approved", proposalId, key)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackApproved is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xb984b2cd.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function approved(bytes32 proposalId, address key) view returns(bool)
func (governance *Governance) TryPackApproved(proposalId [32]byte, key common.Address) ([]byte, error) {
	return governance.abi.Pack("approved", proposalId, key)
}

// UnpackApproved is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xb984b2cd.
//
// Solidity: function approved(bytes32 proposalId, address key) view returns(bool)
func (governance *Governance) UnpackApproved(data []byte) (bool, error) {
	out, err := governance.abi.Unpack("approved", data)
	if err != nil {
		return *new(bool), err
	}
	out0 := *abi.ConvertType(out[0], new(bool)).(*bool)
	return out0, nil
}

// PackIdOf is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x6a281020.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function idOf(address target, bytes data, uint256 nonce) view returns(bytes32)
func (governance *Governance) PackIdOf(target common.Address, data []byte, nonce *big.Int) []byte {
	enc, err := governance.abi.Pack("idOf", target, data, nonce)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackIdOf is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x6a281020.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function idOf(address target, bytes data, uint256 nonce) view returns(bytes32)
func (governance *Governance) TryPackIdOf(target common.Address, data []byte, nonce *big.Int) ([]byte, error) {
	return governance.abi.Pack("idOf", target, data, nonce)
}

// UnpackIdOf is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x6a281020.
//
// Solidity: function idOf(address target, bytes data, uint256 nonce) view returns(bytes32)
func (governance *Governance) UnpackIdOf(data []byte) ([32]byte, error) {
	out, err := governance.abi.Unpack("idOf", data)
	if err != nil {
		return *new([32]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	return out0, nil
}

// PackKeyOf is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xfa073d76.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function keyOf(address key) view returns(bytes32 organisation)
func (governance *Governance) PackKeyOf(key common.Address) []byte {
	enc, err := governance.abi.Pack("keyOf", key)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackKeyOf is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xfa073d76.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function keyOf(address key) view returns(bytes32 organisation)
func (governance *Governance) TryPackKeyOf(key common.Address) ([]byte, error) {
	return governance.abi.Pack("keyOf", key)
}

// UnpackKeyOf is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xfa073d76.
//
// Solidity: function keyOf(address key) view returns(bytes32 organisation)
func (governance *Governance) UnpackKeyOf(data []byte) ([32]byte, error) {
	out, err := governance.abi.Unpack("keyOf", data)
	if err != nil {
		return *new([32]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	return out0, nil
}

// PackList is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x0f560cd7.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function list() view returns((bytes32,string,address,address,uint32)[] all)
func (governance *Governance) PackList() []byte {
	enc, err := governance.abi.Pack("list")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackList is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x0f560cd7.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function list() view returns((bytes32,string,address,address,uint32)[] all)
func (governance *Governance) TryPackList() ([]byte, error) {
	return governance.abi.Pack("list")
}

// UnpackList is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x0f560cd7.
//
// Solidity: function list() view returns((bytes32,string,address,address,uint32)[] all)
func (governance *Governance) UnpackList(data []byte) ([]GovernanceOrganisation, error) {
	out, err := governance.abi.Unpack("list", data)
	if err != nil {
		return *new([]GovernanceOrganisation), err
	}
	out0 := *abi.ConvertType(out[0], new([]GovernanceOrganisation)).(*[]GovernanceOrganisation)
	return out0, nil
}

// PackPeriod is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xef78d4fd.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function period() view returns(uint64)
func (governance *Governance) PackPeriod() []byte {
	enc, err := governance.abi.Pack("period")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackPeriod is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xef78d4fd.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function period() view returns(uint64)
func (governance *Governance) TryPackPeriod() ([]byte, error) {
	return governance.abi.Pack("period")
}

// UnpackPeriod is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xef78d4fd.
//
// Solidity: function period() view returns(uint64)
func (governance *Governance) UnpackPeriod(data []byte) (uint64, error) {
	out, err := governance.abi.Unpack("period", data)
	if err != nil {
		return *new(uint64), err
	}
	out0 := *abi.ConvertType(out[0], new(uint64)).(*uint64)
	return out0, nil
}

// PackProposals is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x32ed5b12.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function proposals(bytes32 proposalId) view returns(uint64 expires, bool done)
func (governance *Governance) PackProposals(proposalId [32]byte) []byte {
	enc, err := governance.abi.Pack("proposals", proposalId)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackProposals is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x32ed5b12.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function proposals(bytes32 proposalId) view returns(uint64 expires, bool done)
func (governance *Governance) TryPackProposals(proposalId [32]byte) ([]byte, error) {
	return governance.abi.Pack("proposals", proposalId)
}

// ProposalsOutput serves as a container for the return parameters of contract
// method Proposals.
type ProposalsOutput struct {
	Expires uint64
	Done    bool
}

// UnpackProposals is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x32ed5b12.
//
// Solidity: function proposals(bytes32 proposalId) view returns(uint64 expires, bool done)
func (governance *Governance) UnpackProposals(data []byte) (ProposalsOutput, error) {
	out, err := governance.abi.Unpack("proposals", data)
	outstruct := new(ProposalsOutput)
	if err != nil {
		return *outstruct, err
	}
	outstruct.Expires = *abi.ConvertType(out[0], new(uint64)).(*uint64)
	outstruct.Done = *abi.ConvertType(out[1], new(bool)).(*bool)
	return *outstruct, nil
}

// PackPropose is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x31c2bd0b.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function propose(address target, bytes data, uint256 nonce) returns(bytes32 proposalId)
func (governance *Governance) PackPropose(target common.Address, data []byte, nonce *big.Int) []byte {
	enc, err := governance.abi.Pack("propose", target, data, nonce)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackPropose is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x31c2bd0b.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function propose(address target, bytes data, uint256 nonce) returns(bytes32 proposalId)
func (governance *Governance) TryPackPropose(target common.Address, data []byte, nonce *big.Int) ([]byte, error) {
	return governance.abi.Pack("propose", target, data, nonce)
}

// UnpackPropose is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x31c2bd0b.
//
// Solidity: function propose(address target, bytes data, uint256 nonce) returns(bytes32 proposalId)
func (governance *Governance) UnpackPropose(data []byte) ([32]byte, error) {
	out, err := governance.abi.Unpack("propose", data)
	if err != nil {
		return *new([32]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	return out0, nil
}

// PackSetOrganisation is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x0336e8b4.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function setOrganisation((bytes32,string,address,address,uint32) organisation, uint32 threshold_) returns()
func (governance *Governance) PackSetOrganisation(organisation GovernanceOrganisation, threshold uint32) []byte {
	enc, err := governance.abi.Pack("setOrganisation", organisation, threshold)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackSetOrganisation is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x0336e8b4.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function setOrganisation((bytes32,string,address,address,uint32) organisation, uint32 threshold_) returns()
func (governance *Governance) TryPackSetOrganisation(organisation GovernanceOrganisation, threshold uint32) ([]byte, error) {
	return governance.abi.Pack("setOrganisation", organisation, threshold)
}

// PackSetRules is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x46073baa.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function setRules(uint32 threshold_, uint64 period_) returns()
func (governance *Governance) PackSetRules(threshold uint32, period uint64) []byte {
	enc, err := governance.abi.Pack("setRules", threshold, period)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackSetRules is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x46073baa.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function setRules(uint32 threshold_, uint64 period_) returns()
func (governance *Governance) TryPackSetRules(threshold uint32, period uint64) ([]byte, error) {
	return governance.abi.Pack("setRules", threshold, period)
}

// PackThreshold is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x42cde4e8.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function threshold() view returns(uint32)
func (governance *Governance) PackThreshold() []byte {
	enc, err := governance.abi.Pack("threshold")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackThreshold is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x42cde4e8.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function threshold() view returns(uint32)
func (governance *Governance) TryPackThreshold() ([]byte, error) {
	return governance.abi.Pack("threshold")
}

// UnpackThreshold is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x42cde4e8.
//
// Solidity: function threshold() view returns(uint32)
func (governance *Governance) UnpackThreshold(data []byte) (uint32, error) {
	out, err := governance.abi.Unpack("threshold", data)
	if err != nil {
		return *new(uint32), err
	}
	out0 := *abi.ConvertType(out[0], new(uint32)).(*uint32)
	return out0, nil
}

// PackWeightOf is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x4c108d6d.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function weightOf(bytes32 proposalId) view returns(uint64 weight)
func (governance *Governance) PackWeightOf(proposalId [32]byte) []byte {
	enc, err := governance.abi.Pack("weightOf", proposalId)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackWeightOf is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x4c108d6d.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function weightOf(bytes32 proposalId) view returns(uint64 weight)
func (governance *Governance) TryPackWeightOf(proposalId [32]byte) ([]byte, error) {
	return governance.abi.Pack("weightOf", proposalId)
}

// UnpackWeightOf is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x4c108d6d.
//
// Solidity: function weightOf(bytes32 proposalId) view returns(uint64 weight)
func (governance *Governance) UnpackWeightOf(data []byte) (uint64, error) {
	out, err := governance.abi.Unpack("weightOf", data)
	if err != nil {
		return *new(uint64), err
	}
	out0 := *abi.ConvertType(out[0], new(uint64)).(*uint64)
	return out0, nil
}

// PackWithdraw is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x8e19899e.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function withdraw(bytes32 proposalId) returns()
func (governance *Governance) PackWithdraw(proposalId [32]byte) []byte {
	enc, err := governance.abi.Pack("withdraw", proposalId)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackWithdraw is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x8e19899e.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function withdraw(bytes32 proposalId) returns()
func (governance *Governance) TryPackWithdraw(proposalId [32]byte) ([]byte, error) {
	return governance.abi.Pack("withdraw", proposalId)
}

// GovernanceApproved represents a Approved event raised by the Governance contract.
type GovernanceApproved struct {
	ProposalId   [32]byte
	Organisation [32]byte
	Raw          *types.Log // Blockchain specific contextual infos
}

const GovernanceApprovedEventName = "Approved"

// ContractEventName returns the user-defined event name.
func (GovernanceApproved) ContractEventName() string {
	return GovernanceApprovedEventName
}

// UnpackApprovedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Approved(bytes32 indexed proposalId, bytes32 indexed organisation)
func (governance *Governance) UnpackApprovedEvent(log *types.Log) (*GovernanceApproved, error) {
	event := "Approved"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != governance.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(GovernanceApproved)
	if len(log.Data) > 0 {
		if err := governance.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range governance.abi.Events[event].Inputs {
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

// GovernanceExecuted represents a Executed event raised by the Governance contract.
type GovernanceExecuted struct {
	ProposalId [32]byte
	Raw        *types.Log // Blockchain specific contextual infos
}

const GovernanceExecutedEventName = "Executed"

// ContractEventName returns the user-defined event name.
func (GovernanceExecuted) ContractEventName() string {
	return GovernanceExecutedEventName
}

// UnpackExecutedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Executed(bytes32 indexed proposalId)
func (governance *Governance) UnpackExecutedEvent(log *types.Log) (*GovernanceExecuted, error) {
	event := "Executed"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != governance.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(GovernanceExecuted)
	if len(log.Data) > 0 {
		if err := governance.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range governance.abi.Events[event].Inputs {
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

// GovernanceOrganisationSet represents a OrganisationSet event raised by the Governance contract.
type GovernanceOrganisationSet struct {
	Id       [32]byte
	Name     string
	Key      common.Address
	Cosigner common.Address
	Weight   uint32
	Raw      *types.Log // Blockchain specific contextual infos
}

const GovernanceOrganisationSetEventName = "OrganisationSet"

// ContractEventName returns the user-defined event name.
func (GovernanceOrganisationSet) ContractEventName() string {
	return GovernanceOrganisationSetEventName
}

// UnpackOrganisationSetEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event OrganisationSet(bytes32 indexed id, string name, address key, address cosigner, uint32 weight)
func (governance *Governance) UnpackOrganisationSetEvent(log *types.Log) (*GovernanceOrganisationSet, error) {
	event := "OrganisationSet"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != governance.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(GovernanceOrganisationSet)
	if len(log.Data) > 0 {
		if err := governance.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range governance.abi.Events[event].Inputs {
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

// GovernanceProposed represents a Proposed event raised by the Governance contract.
type GovernanceProposed struct {
	ProposalId   [32]byte
	Organisation [32]byte
	Target       common.Address
	Data         []byte
	Nonce        *big.Int
	Expires      uint64
	Raw          *types.Log // Blockchain specific contextual infos
}

const GovernanceProposedEventName = "Proposed"

// ContractEventName returns the user-defined event name.
func (GovernanceProposed) ContractEventName() string {
	return GovernanceProposedEventName
}

// UnpackProposedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Proposed(bytes32 indexed proposalId, bytes32 indexed organisation, address indexed target, bytes data, uint256 nonce, uint64 expires)
func (governance *Governance) UnpackProposedEvent(log *types.Log) (*GovernanceProposed, error) {
	event := "Proposed"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != governance.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(GovernanceProposed)
	if len(log.Data) > 0 {
		if err := governance.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range governance.abi.Events[event].Inputs {
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

// GovernanceRulesSet represents a RulesSet event raised by the Governance contract.
type GovernanceRulesSet struct {
	Threshold uint32
	Period    uint64
	Raw       *types.Log // Blockchain specific contextual infos
}

const GovernanceRulesSetEventName = "RulesSet"

// ContractEventName returns the user-defined event name.
func (GovernanceRulesSet) ContractEventName() string {
	return GovernanceRulesSetEventName
}

// UnpackRulesSetEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event RulesSet(uint32 threshold, uint64 period)
func (governance *Governance) UnpackRulesSetEvent(log *types.Log) (*GovernanceRulesSet, error) {
	event := "RulesSet"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != governance.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(GovernanceRulesSet)
	if len(log.Data) > 0 {
		if err := governance.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range governance.abi.Events[event].Inputs {
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

// GovernanceWithdrawn represents a Withdrawn event raised by the Governance contract.
type GovernanceWithdrawn struct {
	ProposalId   [32]byte
	Organisation [32]byte
	Raw          *types.Log // Blockchain specific contextual infos
}

const GovernanceWithdrawnEventName = "Withdrawn"

// ContractEventName returns the user-defined event name.
func (GovernanceWithdrawn) ContractEventName() string {
	return GovernanceWithdrawnEventName
}

// UnpackWithdrawnEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Withdrawn(bytes32 indexed proposalId, bytes32 indexed organisation)
func (governance *Governance) UnpackWithdrawnEvent(log *types.Log) (*GovernanceWithdrawn, error) {
	event := "Withdrawn"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != governance.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(GovernanceWithdrawn)
	if len(log.Data) > 0 {
		if err := governance.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range governance.abi.Events[event].Inputs {
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
func (governance *Governance) UnpackError(raw []byte) (any, error) {
	if bytes.Equal(raw[:4], governance.abi.Errors["AlreadyApproved"].ID.Bytes()[:4]) {
		return governance.UnpackAlreadyApprovedError(raw[4:])
	}
	if bytes.Equal(raw[:4], governance.abi.Errors["AlreadyDone"].ID.Bytes()[:4]) {
		return governance.UnpackAlreadyDoneError(raw[4:])
	}
	if bytes.Equal(raw[:4], governance.abi.Errors["AlreadyProposed"].ID.Bytes()[:4]) {
		return governance.UnpackAlreadyProposedError(raw[4:])
	}
	if bytes.Equal(raw[:4], governance.abi.Errors["BadCall"].ID.Bytes()[:4]) {
		return governance.UnpackBadCallError(raw[4:])
	}
	if bytes.Equal(raw[:4], governance.abi.Errors["BadOrganisation"].ID.Bytes()[:4]) {
		return governance.UnpackBadOrganisationError(raw[4:])
	}
	if bytes.Equal(raw[:4], governance.abi.Errors["BadPeriod"].ID.Bytes()[:4]) {
		return governance.UnpackBadPeriodError(raw[4:])
	}
	if bytes.Equal(raw[:4], governance.abi.Errors["BadThreshold"].ID.Bytes()[:4]) {
		return governance.UnpackBadThresholdError(raw[4:])
	}
	if bytes.Equal(raw[:4], governance.abi.Errors["CallFailed"].ID.Bytes()[:4]) {
		return governance.UnpackCallFailedError(raw[4:])
	}
	if bytes.Equal(raw[:4], governance.abi.Errors["Expired"].ID.Bytes()[:4]) {
		return governance.UnpackExpiredError(raw[4:])
	}
	if bytes.Equal(raw[:4], governance.abi.Errors["KeyUsed"].ID.Bytes()[:4]) {
		return governance.UnpackKeyUsedError(raw[4:])
	}
	if bytes.Equal(raw[:4], governance.abi.Errors["NoProposal"].ID.Bytes()[:4]) {
		return governance.UnpackNoProposalError(raw[4:])
	}
	if bytes.Equal(raw[:4], governance.abi.Errors["NotApproved"].ID.Bytes()[:4]) {
		return governance.UnpackNotApprovedError(raw[4:])
	}
	if bytes.Equal(raw[:4], governance.abi.Errors["NotDecided"].ID.Bytes()[:4]) {
		return governance.UnpackNotDecidedError(raw[4:])
	}
	if bytes.Equal(raw[:4], governance.abi.Errors["NotOrganisation"].ID.Bytes()[:4]) {
		return governance.UnpackNotOrganisationError(raw[4:])
	}
	if bytes.Equal(raw[:4], governance.abi.Errors["TooMany"].ID.Bytes()[:4]) {
		return governance.UnpackTooManyError(raw[4:])
	}
	return nil, errors.New("Unknown error")
}

// GovernanceAlreadyApproved represents a AlreadyApproved error raised by the Governance contract.
type GovernanceAlreadyApproved struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error AlreadyApproved()
func GovernanceAlreadyApprovedErrorID() common.Hash {
	return common.HexToHash("0x101f817a2457b2fcd2728e709f840e8180b3b74a761c9cbd09a4fa605a43f8b1")
}

// UnpackAlreadyApprovedError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error AlreadyApproved()
func (governance *Governance) UnpackAlreadyApprovedError(raw []byte) (*GovernanceAlreadyApproved, error) {
	out := new(GovernanceAlreadyApproved)
	if err := governance.abi.UnpackIntoInterface(out, "AlreadyApproved", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// GovernanceAlreadyDone represents a AlreadyDone error raised by the Governance contract.
type GovernanceAlreadyDone struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error AlreadyDone()
func GovernanceAlreadyDoneErrorID() common.Hash {
	return common.HexToHash("0xbdb90210f52d8f68ab9dd7668196c96250dc1b15d2e106baa5a9ac4ab6ea0b0a")
}

// UnpackAlreadyDoneError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error AlreadyDone()
func (governance *Governance) UnpackAlreadyDoneError(raw []byte) (*GovernanceAlreadyDone, error) {
	out := new(GovernanceAlreadyDone)
	if err := governance.abi.UnpackIntoInterface(out, "AlreadyDone", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// GovernanceAlreadyProposed represents a AlreadyProposed error raised by the Governance contract.
type GovernanceAlreadyProposed struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error AlreadyProposed()
func GovernanceAlreadyProposedErrorID() common.Hash {
	return common.HexToHash("0x794291868172f71b3f26c4cb47b5f2eb83f0f5059d9f28d3bc4cbadb54f4165b")
}

// UnpackAlreadyProposedError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error AlreadyProposed()
func (governance *Governance) UnpackAlreadyProposedError(raw []byte) (*GovernanceAlreadyProposed, error) {
	out := new(GovernanceAlreadyProposed)
	if err := governance.abi.UnpackIntoInterface(out, "AlreadyProposed", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// GovernanceBadCall represents a BadCall error raised by the Governance contract.
type GovernanceBadCall struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error BadCall()
func GovernanceBadCallErrorID() common.Hash {
	return common.HexToHash("0xcf0e4328243a08144869d0b819d2fdbf14ffa44b10dbc42753080a3b92e52f42")
}

// UnpackBadCallError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error BadCall()
func (governance *Governance) UnpackBadCallError(raw []byte) (*GovernanceBadCall, error) {
	out := new(GovernanceBadCall)
	if err := governance.abi.UnpackIntoInterface(out, "BadCall", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// GovernanceBadOrganisation represents a BadOrganisation error raised by the Governance contract.
type GovernanceBadOrganisation struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error BadOrganisation()
func GovernanceBadOrganisationErrorID() common.Hash {
	return common.HexToHash("0x33003c072b8d45ab1e0b39101ce975468e35024a9d19149240a101afff6e250f")
}

// UnpackBadOrganisationError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error BadOrganisation()
func (governance *Governance) UnpackBadOrganisationError(raw []byte) (*GovernanceBadOrganisation, error) {
	out := new(GovernanceBadOrganisation)
	if err := governance.abi.UnpackIntoInterface(out, "BadOrganisation", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// GovernanceBadPeriod represents a BadPeriod error raised by the Governance contract.
type GovernanceBadPeriod struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error BadPeriod()
func GovernanceBadPeriodErrorID() common.Hash {
	return common.HexToHash("0x7bdc76e2aa65bcc6c6c380a9cd6f06ceeeba19140987dc7fd6d77f3d293bc825")
}

// UnpackBadPeriodError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error BadPeriod()
func (governance *Governance) UnpackBadPeriodError(raw []byte) (*GovernanceBadPeriod, error) {
	out := new(GovernanceBadPeriod)
	if err := governance.abi.UnpackIntoInterface(out, "BadPeriod", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// GovernanceBadThreshold represents a BadThreshold error raised by the Governance contract.
type GovernanceBadThreshold struct {
	Threshold uint32
	Total     uint64
	Greatest  uint32
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error BadThreshold(uint32 threshold, uint64 total, uint32 greatest)
func GovernanceBadThresholdErrorID() common.Hash {
	return common.HexToHash("0xe67988f58b88482e48478d48437cf05e529c077b43a5ccd68ec68ba5555096a6")
}

// UnpackBadThresholdError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error BadThreshold(uint32 threshold, uint64 total, uint32 greatest)
func (governance *Governance) UnpackBadThresholdError(raw []byte) (*GovernanceBadThreshold, error) {
	out := new(GovernanceBadThreshold)
	if err := governance.abi.UnpackIntoInterface(out, "BadThreshold", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// GovernanceCallFailed represents a CallFailed error raised by the Governance contract.
type GovernanceCallFailed struct {
	Reason []byte
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error CallFailed(bytes reason)
func GovernanceCallFailedErrorID() common.Hash {
	return common.HexToHash("0xa5fa8d2bd23af43608c66a1e71e091ad72afa45dfd478efa1657e01a9a4ceea6")
}

// UnpackCallFailedError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error CallFailed(bytes reason)
func (governance *Governance) UnpackCallFailedError(raw []byte) (*GovernanceCallFailed, error) {
	out := new(GovernanceCallFailed)
	if err := governance.abi.UnpackIntoInterface(out, "CallFailed", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// GovernanceExpired represents a Expired error raised by the Governance contract.
type GovernanceExpired struct {
	Since uint64
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error Expired(uint64 since)
func GovernanceExpiredErrorID() common.Hash {
	return common.HexToHash("0x956936532b954ff74e062815c0174f8bd1500115ed3dd2adb3c66e2ac6109668")
}

// UnpackExpiredError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error Expired(uint64 since)
func (governance *Governance) UnpackExpiredError(raw []byte) (*GovernanceExpired, error) {
	out := new(GovernanceExpired)
	if err := governance.abi.UnpackIntoInterface(out, "Expired", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// GovernanceKeyUsed represents a KeyUsed error raised by the Governance contract.
type GovernanceKeyUsed struct {
	Account common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error KeyUsed(address account)
func GovernanceKeyUsedErrorID() common.Hash {
	return common.HexToHash("0xc4246ce156b05481ff1315fff12945d0ab839973950110cd772939692a7cd0eb")
}

// UnpackKeyUsedError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error KeyUsed(address account)
func (governance *Governance) UnpackKeyUsedError(raw []byte) (*GovernanceKeyUsed, error) {
	out := new(GovernanceKeyUsed)
	if err := governance.abi.UnpackIntoInterface(out, "KeyUsed", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// GovernanceNoProposal represents a NoProposal error raised by the Governance contract.
type GovernanceNoProposal struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NoProposal()
func GovernanceNoProposalErrorID() common.Hash {
	return common.HexToHash("0x0dc5fde963afd58000d00ae314ebbec964f60dc678ba7fc3a23e096e0b928c93")
}

// UnpackNoProposalError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NoProposal()
func (governance *Governance) UnpackNoProposalError(raw []byte) (*GovernanceNoProposal, error) {
	out := new(GovernanceNoProposal)
	if err := governance.abi.UnpackIntoInterface(out, "NoProposal", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// GovernanceNotApproved represents a NotApproved error raised by the Governance contract.
type GovernanceNotApproved struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NotApproved()
func GovernanceNotApprovedErrorID() common.Hash {
	return common.HexToHash("0xc19f17a932284abad72bd6ad2ab169119ae0a7ae820cf8420c0e651825b1d2d5")
}

// UnpackNotApprovedError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NotApproved()
func (governance *Governance) UnpackNotApprovedError(raw []byte) (*GovernanceNotApproved, error) {
	out := new(GovernanceNotApproved)
	if err := governance.abi.UnpackIntoInterface(out, "NotApproved", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// GovernanceNotDecided represents a NotDecided error raised by the Governance contract.
type GovernanceNotDecided struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NotDecided()
func GovernanceNotDecidedErrorID() common.Hash {
	return common.HexToHash("0x17be5b7bc85784006da64301faaa7e1813a6b818391cb758dc12e1db9010f926")
}

// UnpackNotDecidedError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NotDecided()
func (governance *Governance) UnpackNotDecidedError(raw []byte) (*GovernanceNotDecided, error) {
	out := new(GovernanceNotDecided)
	if err := governance.abi.UnpackIntoInterface(out, "NotDecided", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// GovernanceNotOrganisation represents a NotOrganisation error raised by the Governance contract.
type GovernanceNotOrganisation struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NotOrganisation()
func GovernanceNotOrganisationErrorID() common.Hash {
	return common.HexToHash("0xdbd125ea163ce886b76dd6b29f238e8f3016b10f2a16fe04eaca12be1b1c5e30")
}

// UnpackNotOrganisationError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NotOrganisation()
func (governance *Governance) UnpackNotOrganisationError(raw []byte) (*GovernanceNotOrganisation, error) {
	out := new(GovernanceNotOrganisation)
	if err := governance.abi.UnpackIntoInterface(out, "NotOrganisation", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// GovernanceTooMany represents a TooMany error raised by the Governance contract.
type GovernanceTooMany struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error TooMany()
func GovernanceTooManyErrorID() common.Hash {
	return common.HexToHash("0xd65ac61eaed3332b3b71dfc563e4a76b8b5917c5e456ad30c9e7669c992d1de3")
}

// UnpackTooManyError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error TooMany()
func (governance *Governance) UnpackTooManyError(raw []byte) (*GovernanceTooMany, error) {
	out := new(GovernanceTooMany)
	if err := governance.abi.UnpackIntoInterface(out, "TooMany", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RegistryMetaData contains all meta data concerning the Registry contract.
var RegistryMetaData = bind.MetaData{
	ABI: "[{\"inputs\":[{\"internalType\":\"address\",\"name\":\"governor_\",\"type\":\"address\"}],\"stateMutability\":\"nonpayable\",\"type\":\"constructor\"},{\"inputs\":[],\"name\":\"Bad\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"Known\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"NoGovernor\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"NotGovernor\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"NotKeeper\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint64\",\"name\":\"next\",\"type\":\"uint64\"}],\"name\":\"NotNext\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"enumRegistry.Role\",\"name\":\"role\",\"type\":\"uint8\"}],\"name\":\"NotRegistrar\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"Unknown\",\"type\":\"error\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"digest\",\"type\":\"bytes32\"},{\"indexed\":false,\"internalType\":\"uint64\",\"name\":\"since\",\"type\":\"uint64\"}],\"name\":\"GatewayRevoked\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"digest\",\"type\":\"bytes32\"},{\"indexed\":true,\"internalType\":\"bytes16\",\"name\":\"site\",\"type\":\"bytes16\"},{\"indexed\":false,\"internalType\":\"uint64\",\"name\":\"from\",\"type\":\"uint64\"},{\"indexed\":false,\"internalType\":\"uint64\",\"name\":\"until\",\"type\":\"uint64\"}],\"name\":\"GatewaySet\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"grantId\",\"type\":\"bytes32\"},{\"indexed\":true,\"internalType\":\"bytes16\",\"name\":\"site\",\"type\":\"bytes16\"},{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"grantee\",\"type\":\"bytes32\"},{\"indexed\":false,\"internalType\":\"uint64\",\"name\":\"until\",\"type\":\"uint64\"}],\"name\":\"Granted\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"},{\"indexed\":true,\"internalType\":\"enumRegistry.Role\",\"name\":\"role\",\"type\":\"uint8\"},{\"indexed\":false,\"internalType\":\"bool\",\"name\":\"may\",\"type\":\"bool\"}],\"name\":\"RegistrarSet\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"grantId\",\"type\":\"bytes32\"}],\"name\":\"Revoked\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"name\",\"type\":\"bytes32\"},{\"indexed\":true,\"internalType\":\"uint64\",\"name\":\"version\",\"type\":\"uint64\"},{\"indexed\":false,\"internalType\":\"bytes32\",\"name\":\"digest\",\"type\":\"bytes32\"},{\"indexed\":false,\"internalType\":\"uint64\",\"name\":\"from\",\"type\":\"uint64\"}],\"name\":\"RulesPublished\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"bytes16\",\"name\":\"site\",\"type\":\"bytes16\"},{\"indexed\":true,\"internalType\":\"enumRegistry.Purpose\",\"name\":\"purpose\",\"type\":\"uint8\"},{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"digest\",\"type\":\"bytes32\"},{\"indexed\":false,\"internalType\":\"uint64\",\"name\":\"since\",\"type\":\"uint64\"}],\"name\":\"SignerRevoked\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"bytes16\",\"name\":\"site\",\"type\":\"bytes16\"},{\"indexed\":true,\"internalType\":\"enumRegistry.Purpose\",\"name\":\"purpose\",\"type\":\"uint8\"},{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"digest\",\"type\":\"bytes32\"},{\"indexed\":false,\"internalType\":\"uint64\",\"name\":\"from\",\"type\":\"uint64\"},{\"indexed\":false,\"internalType\":\"uint64\",\"name\":\"until\",\"type\":\"uint64\"}],\"name\":\"SignerSet\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"bytes16\",\"name\":\"site\",\"type\":\"bytes16\"},{\"indexed\":true,\"internalType\":\"bytes16\",\"name\":\"department\",\"type\":\"bytes16\"},{\"indexed\":false,\"internalType\":\"address\",\"name\":\"keeper\",\"type\":\"address\"},{\"indexed\":false,\"internalType\":\"bool\",\"name\":\"open\",\"type\":\"bool\"}],\"name\":\"SiteSet\",\"type\":\"event\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"digest\",\"type\":\"bytes32\"}],\"name\":\"gateways\",\"outputs\":[{\"internalType\":\"bytes16\",\"name\":\"site\",\"type\":\"bytes16\"},{\"internalType\":\"uint64\",\"name\":\"from\",\"type\":\"uint64\"},{\"internalType\":\"uint64\",\"name\":\"until\",\"type\":\"uint64\"},{\"internalType\":\"uint64\",\"name\":\"revoked\",\"type\":\"uint64\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"governor\",\"outputs\":[{\"internalType\":\"address\",\"name\":\"\",\"type\":\"address\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"grantId\",\"type\":\"bytes32\"},{\"internalType\":\"bytes16\",\"name\":\"site\",\"type\":\"bytes16\"},{\"internalType\":\"bytes32\",\"name\":\"grantee\",\"type\":\"bytes32\"},{\"internalType\":\"uint64\",\"name\":\"until\",\"type\":\"uint64\"}],\"name\":\"grant\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"grantId\",\"type\":\"bytes32\"}],\"name\":\"grants\",\"outputs\":[{\"internalType\":\"bytes16\",\"name\":\"site\",\"type\":\"bytes16\"},{\"internalType\":\"uint64\",\"name\":\"from\",\"type\":\"uint64\"},{\"internalType\":\"uint64\",\"name\":\"until\",\"type\":\"uint64\"},{\"internalType\":\"bytes32\",\"name\":\"grantee\",\"type\":\"bytes32\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"grantId\",\"type\":\"bytes32\"},{\"internalType\":\"bytes16\",\"name\":\"site\",\"type\":\"bytes16\"},{\"internalType\":\"bytes32\",\"name\":\"grantee\",\"type\":\"bytes32\"}],\"name\":\"mayRead\",\"outputs\":[{\"internalType\":\"bool\",\"name\":\"\",\"type\":\"bool\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"name\",\"type\":\"bytes32\"}],\"name\":\"newestRules\",\"outputs\":[{\"internalType\":\"uint64\",\"name\":\"version\",\"type\":\"uint64\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"name\",\"type\":\"bytes32\"},{\"internalType\":\"uint64\",\"name\":\"version\",\"type\":\"uint64\"},{\"internalType\":\"bytes32\",\"name\":\"digest\",\"type\":\"bytes32\"},{\"internalType\":\"uint64\",\"name\":\"from\",\"type\":\"uint64\"}],\"name\":\"publishRules\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"},{\"internalType\":\"enumRegistry.Role\",\"name\":\"role\",\"type\":\"uint8\"}],\"name\":\"registrars\",\"outputs\":[{\"internalType\":\"bool\",\"name\":\"\",\"type\":\"bool\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"grantId\",\"type\":\"bytes32\"}],\"name\":\"revoke\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"digest\",\"type\":\"bytes32\"},{\"internalType\":\"uint64\",\"name\":\"since\",\"type\":\"uint64\"}],\"name\":\"revokeGateway\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes16\",\"name\":\"site\",\"type\":\"bytes16\"},{\"internalType\":\"enumRegistry.Purpose\",\"name\":\"purpose\",\"type\":\"uint8\"},{\"internalType\":\"bytes32\",\"name\":\"digest\",\"type\":\"bytes32\"},{\"internalType\":\"uint64\",\"name\":\"since\",\"type\":\"uint64\"}],\"name\":\"revokeSigner\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"digest\",\"type\":\"bytes32\"}],\"name\":\"ruleSets\",\"outputs\":[{\"internalType\":\"bytes32\",\"name\":\"name\",\"type\":\"bytes32\"},{\"internalType\":\"uint64\",\"name\":\"version\",\"type\":\"uint64\"},{\"internalType\":\"uint64\",\"name\":\"from\",\"type\":\"uint64\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"digest\",\"type\":\"bytes32\"},{\"internalType\":\"bytes16\",\"name\":\"site\",\"type\":\"bytes16\"},{\"internalType\":\"uint64\",\"name\":\"from\",\"type\":\"uint64\"},{\"internalType\":\"uint64\",\"name\":\"until\",\"type\":\"uint64\"}],\"name\":\"setGateway\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"},{\"internalType\":\"enumRegistry.Role\",\"name\":\"role\",\"type\":\"uint8\"},{\"internalType\":\"bool\",\"name\":\"may\",\"type\":\"bool\"}],\"name\":\"setRegistrar\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes16\",\"name\":\"site\",\"type\":\"bytes16\"},{\"internalType\":\"enumRegistry.Purpose\",\"name\":\"purpose\",\"type\":\"uint8\"},{\"internalType\":\"bytes32\",\"name\":\"digest\",\"type\":\"bytes32\"},{\"internalType\":\"uint64\",\"name\":\"from\",\"type\":\"uint64\"},{\"internalType\":\"uint64\",\"name\":\"until\",\"type\":\"uint64\"}],\"name\":\"setSigner\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes16\",\"name\":\"site\",\"type\":\"bytes16\"},{\"internalType\":\"bytes16\",\"name\":\"department\",\"type\":\"bytes16\"},{\"internalType\":\"address\",\"name\":\"keeper\",\"type\":\"address\"},{\"internalType\":\"bool\",\"name\":\"open\",\"type\":\"bool\"}],\"name\":\"setSite\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes16\",\"name\":\"site\",\"type\":\"bytes16\"},{\"internalType\":\"enumRegistry.Purpose\",\"name\":\"purpose\",\"type\":\"uint8\"},{\"internalType\":\"bytes32\",\"name\":\"digest\",\"type\":\"bytes32\"}],\"name\":\"signerId\",\"outputs\":[{\"internalType\":\"bytes32\",\"name\":\"\",\"type\":\"bytes32\"}],\"stateMutability\":\"pure\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"signerId\",\"type\":\"bytes32\"}],\"name\":\"signers\",\"outputs\":[{\"internalType\":\"bytes16\",\"name\":\"site\",\"type\":\"bytes16\"},{\"internalType\":\"uint64\",\"name\":\"from\",\"type\":\"uint64\"},{\"internalType\":\"uint64\",\"name\":\"until\",\"type\":\"uint64\"},{\"internalType\":\"uint64\",\"name\":\"revoked\",\"type\":\"uint64\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes16\",\"name\":\"site\",\"type\":\"bytes16\"}],\"name\":\"sites\",\"outputs\":[{\"internalType\":\"bytes16\",\"name\":\"department\",\"type\":\"bytes16\"},{\"internalType\":\"uint64\",\"name\":\"since\",\"type\":\"uint64\"},{\"internalType\":\"bool\",\"name\":\"open\",\"type\":\"bool\"},{\"internalType\":\"address\",\"name\":\"keeper\",\"type\":\"address\"}],\"stateMutability\":\"view\",\"type\":\"function\"}]",
	ID:  "Registry",
	Bin: "0x6080604052348015600f57600080fd5b506040516120ff3803806120ff833981016040819052602c916076565b6001600160a01b0381166052576040516341730ccd60e01b815260040160405180910390fd5b600780546001600160a01b0319166001600160a01b039290921691909117905560a4565b600060208284031215608757600080fd5b81516001600160a01b0381168114609d57600080fd5b9392505050565b61204c806100b36000396000f3fe608060405234801561001057600080fd5b50600436106101515760003560e01c806383a745ff116100cd578063de1f898011610081578063e9f89dbd11610066578063e9f89dbd146105ac578063f9fe5183146105bf578063fbe336ff146105d257600080fd5b8063de1f8980146104dc578063e03b92721461059957600080fd5b80638eb40b4c116100b25780638eb40b4c146103cb578063b75c7dc6146104b6578063d2a04be2146104c957600080fd5b806383a745ff146103a55780638850d337146103b857600080fd5b80631b1fff331161012457806339f6014a1161010957806339f6014a14610318578063587760631461032b5780637784d66b1461039257600080fd5b80631b1fff33146102c557806327f9554e146102da57600080fd5b80630b921bac146101565780630c340a241461019e578063141774ef146101e357806318b184fe146102a4575b600080fd5b610180610164366004611c15565b60056020526000908152604090205467ffffffffffffffff1681565b60405167ffffffffffffffff90911681526020015b60405180910390f35b6007546101be9073ffffffffffffffffffffffffffffffffffffffff1681565b60405173ffffffffffffffffffffffffffffffffffffffff9091168152602001610195565b6102516101f1366004611c15565b60026020526000908152604090208054600190910154608082901b9167ffffffffffffffff700100000000000000000000000000000000820481169278010000000000000000000000000000000000000000000000009092048116911684565b604080517fffffffffffffffffffffffffffffffff00000000000000000000000000000000909516855267ffffffffffffffff938416602086015291831691840191909152166060820152608001610195565b6102b76102b2366004611c72565b610640565b604051908152602001610195565b6102d86102d3366004611cc7565b610676565b005b6103086102e8366004611d26565b600660209081526000928352604080842090915290825290205460ff1681565b6040519015158152602001610195565b6102d8610326366004611d50565b610759565b61036c610339366004611c15565b6003602052600090815260409020805460019091015467ffffffffffffffff808216916801000000000000000090041683565b6040805193845267ffffffffffffffff9283166020850152911690820152606001610195565b6102d86103a0366004611dad565b610878565b6102d86103b3366004611df0565b6109b9565b6102d86103c6366004611e39565b610cfd565b61044e6103d9366004611e7b565b60006020819052908152604090208054600190910154608082901b91700100000000000000000000000000000000810467ffffffffffffffff1691780100000000000000000000000000000000000000000000000090910460ff169073ffffffffffffffffffffffffffffffffffffffff1684565b604080517fffffffffffffffffffffffffffffffff00000000000000000000000000000000909516855267ffffffffffffffff90931660208501529015159183019190915273ffffffffffffffffffffffffffffffffffffffff166060820152608001610195565b6102d86104c4366004611c15565b610e37565b6103086104d7366004611e9d565b610fff565b6105486104ea366004611c15565b60046020526000908152604090208054600190910154608082901b9167ffffffffffffffff70010000000000000000000000000000000082048116927801000000000000000000000000000000000000000000000000909204169084565b604080517fffffffffffffffffffffffffffffffff0000000000000000000000000000000095909516855267ffffffffffffffff938416602086015291909216908301526060820152608001610195565b6102d86105a7366004611ec2565b6111c9565b6102d86105ba366004611f20565b61132d565b6102d86105cd366004611f46565b6115d4565b6102516105e0366004611c15565b60016020819052600091825260409091208054910154608082901b9167ffffffffffffffff700100000000000000000000000000000000820481169278010000000000000000000000000000000000000000000000009092048116911684565b600083838360405160200161065793929190611f9b565b6040516020818303038152906040528051906020012090509392505050565b336000908152600660209081526040808320600180855292529091205460ff161580156106bb575060075473ffffffffffffffffffffffffffffffffffffffff163314155b156106fd57806040517f758348040000000000000000000000000000000000000000000000000000000081526004016106f49190611fe5565b60405180910390fd5b600083815260016020526040902061071590836118d2565b60405167ffffffffffffffff8316815283907f5fda31ff815a7973317d7bb4ec08e2e98584be8806eb729bf99171a7f987ec009060200160405180910390a2505050565b336000908152600660209081526040808320600280855292529091205460ff1615801561079e575060075473ffffffffffffffffffffffffffffffffffffffff163314155b156107d757806040517f758348040000000000000000000000000000000000000000000000000000000081526004016106f49190611fe5565b6107fd600260006107e9888888610640565b8152602001908152602001600020836118d2565b8284600181111561081057610810611f6c565b60405167ffffffffffffffff851681527fffffffffffffffffffffffffffffffff000000000000000000000000000000008816907f0a1a375603f77c1ad4e0988c0ae65b85411c85fa0947da2b00ccd0288694d7c29060200160405180910390a45050505050565b60075473ffffffffffffffffffffffffffffffffffffffff1633146108c9576040517fee3675d400000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b73ffffffffffffffffffffffffffffffffffffffff83166000908152600660205260408120829184600381111561090257610902611f6c565b600381111561091357610913611f6c565b8152602081019190915260400160002080547fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff001691151591909117905581600381111561096257610962611f6c565b8373ffffffffffffffffffffffffffffffffffffffff167f5d910e7f6b77ca27360f8efd0e80c6fca1c9e887e5ad3d804cf540ec59c05257836040516109ac911515815260200190565b60405180910390a3505050565b33600090815260066020908152604080832083805290915281205460ff161580156109fc575060075473ffffffffffffffffffffffffffffffffffffffff163314155b15610a3557806040517f758348040000000000000000000000000000000000000000000000000000000081526004016106f49190611fe5565b7fffffffffffffffffffffffffffffffff0000000000000000000000000000000085161580610a8457507fffffffffffffffffffffffffffffffff000000000000000000000000000000008416155b80610aa3575073ffffffffffffffffffffffffffffffffffffffff8316155b15610ada576040517fe143a03400000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b7fffffffffffffffffffffffffffffffff0000000000000000000000000000000080861660009081526020819052604090205460801b16158015610b1c575081155b15610b53576040517f0cf6459800000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b6040518060800160405280856fffffffffffffffffffffffffffffffff19168152602001610b7e4290565b67ffffffffffffffff9081168252841515602080840182905273ffffffffffffffffffffffffffffffffffffffff88811660409586018190527fffffffffffffffffffffffffffffffff000000000000000000000000000000008c81166000818152808652889020895181548b8801518c8c015115157801000000000000000000000000000000000000000000000000027fffffffffffffff00ffffffffffffffffffffffffffffffffffffffffffffffff91909b16700100000000000000000000000000000000027fffffffffffffffff00000000000000000000000000000000000000000000000090921660809390931c92909217171697909717875560609098015160019096018054969093167fffffffffffffffffffffffff00000000000000000000000000000000000000009096169590951790915584519081529081019190915290871692917f82919790cdeb18157eba50577f7c927a7531d81c51bc52790f158de7794c733c91015b60405180910390a35050505050565b336000908152600660209081526040808320600180855292529091205460ff16158015610d42575060075473ffffffffffffffffffffffffffffffffffffffff163314155b15610d7b57806040517f758348040000000000000000000000000000000000000000000000000000000081526004016106f49190611fe5565b6000859003610db6576040517fe143a03400000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b6000858152600160205260409020610dd090858585611a30565b6040805167ffffffffffffffff8086168252841660208201527fffffffffffffffffffffffffffffffff0000000000000000000000000000000086169187917f05b442d4bede04dce9b0466a40e0977603ea6db2f6d59709fa766ea1ea0051c39101610cee565b60008181526004602052604081208054909160809190911b7fffffffffffffffffffffffffffffffff00000000000000000000000000000000169003610ea9576040517f0cf6459800000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b805460801b7fffffffffffffffffffffffffffffffff00000000000000000000000000000000166000908152602081905260409020600101543373ffffffffffffffffffffffffffffffffffffffff90911614801590610f21575060075473ffffffffffffffffffffffffffffffffffffffff163314155b15610f58576040517ff512b27800000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b805467ffffffffffffffff4281167801000000000000000000000000000000000000000000000000909204161115610fd057805477ffffffffffffffffffffffffffffffffffffffffffffffff16780100000000000000000000000000000000000000000000000067ffffffffffffffff4216021781555b60405182907fe5af7daed5ab2a2dc5f98d53619f05089c0c14d11a6621f6b906a2366c9a7ab390600090a25050565b600083815260046020908152604080832081516080808201845282547fffffffffffffffffffffffffffffffff000000000000000000000000000000009181901b821680845267ffffffffffffffff70010000000000000000000000000000000083048116978501979097527801000000000000000000000000000000000000000000000000909104909516938201939093526001909101546060820152919085161480156110cf57507fffffffffffffffffffffffffffffffff00000000000000000000000000000000841615155b80156110de5750828160600151145b80156111015750604081015167ffffffffffffffff164267ffffffffffffffff16105b801561115a57507fffffffffffffffffffffffffffffffff0000000000000000000000000000000084166000908152602081905260409020547801000000000000000000000000000000000000000000000000900460ff165b80156111c057506020808201517fffffffffffffffffffffffffffffffff00000000000000000000000000000000861660009081529182905260409091205467ffffffffffffffff91821670010000000000000000000000000000000090910490911611155b95945050505050565b336000908152600660209081526040808320600280855292529091205460ff1615801561120e575060075473ffffffffffffffffffffffffffffffffffffffff163314155b1561124757806040517f758348040000000000000000000000000000000000000000000000000000000081526004016106f49190611fe5565b6000849003611282576040517fe143a03400000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b6112aa60026000611294898989610640565b8152602001908152602001600020878585611a30565b838560018111156112bd576112bd611f6c565b6040805167ffffffffffffffff8088168252861660208201527fffffffffffffffffffffffffffffffff000000000000000000000000000000008a16917f182752eb9c5fe6a8c64014d5c39b790d9105c5bed0fb2c25cfc88135059fac4e910160405180910390a4505050505050565b336000908152600660209081526040808320600380855292529091205460ff16158015611372575060075473ffffffffffffffffffffffffffffffffffffffff163314155b156113ab57806040517f758348040000000000000000000000000000000000000000000000000000000081526004016106f49190611fe5565b8215806113b6575084155b156113ed576040517fe143a03400000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b60008381526003602052604090206001015467ffffffffffffffff1615611440576040517f2fa1d71d00000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b6000858152600560205260409020546114649067ffffffffffffffff166001611fff565b67ffffffffffffffff168467ffffffffffffffff16146114e1576000858152600560205260409020546114a29067ffffffffffffffff166001611fff565b6040517ff3652f3e00000000000000000000000000000000000000000000000000000000815267ffffffffffffffff90911660048201526024016106f4565b600085815260056020908152604080832080547fffffffffffffffffffffffffffffffffffffffffffffffff00000000000000001667ffffffffffffffff89811691821790925582516060810184528a81528085018281528884168286018181528b89526003885297869020925183559051600192909201805497519285167fffffffffffffffffffffffffffffffff00000000000000000000000000000000909816979097176801000000000000000092909416919091029290921790945581518781529283015287917f9c6446e5137be40b0c2545d89c1548799c9b70767a7f04939224d29dd3381bf09101610cee565b7fffffffffffffffffffffffffffffffff00000000000000000000000000000000831660009081526020819052604090206001015473ffffffffffffffffffffffffffffffffffffffff163314158061167b57507fffffffffffffffffffffffffffffffff0000000000000000000000000000000083166000908152602081905260409020547801000000000000000000000000000000000000000000000000900460ff16155b156116b2576040517ff512b27800000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b8315806116bd575081155b806116dc57504267ffffffffffffffff168167ffffffffffffffff1611155b15611713576040517fe143a03400000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b60008481526004602052604090205460801b7fffffffffffffffffffffffffffffffff00000000000000000000000000000000161561177e576040517f2fa1d71d00000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b6040518060800160405280846fffffffffffffffffffffffffffffffff191681526020016117a94290565b67ffffffffffffffff908116825283811660208084018290526040938401879052600089815260048252849020855181548784015188880151871678010000000000000000000000000000000000000000000000000277ffffffffffffffffffffffffffffffffffffffffffffffff91909716700100000000000000000000000000000000027fffffffffffffffff00000000000000000000000000000000000000000000000090921660809390931c929092171716939093178355606090940151600190920191909155905190815283917fffffffffffffffffffffffffffffffff0000000000000000000000000000000086169187917f9644924ac88579a629dea90273267f8f33f17a2576ebfc82dd6ee7b3bceddd6a910160405180910390a450505050565b8154700100000000000000000000000000000000900467ffffffffffffffff1660000361192b576040517f0cf6459800000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b67ffffffffffffffff8116158061195557504267ffffffffffffffff168167ffffffffffffffff16115b1561198c576040517fe143a03400000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b600182015467ffffffffffffffff16158015906119bb5750600182015467ffffffffffffffff90811690821610155b156119f2576040517f2fa1d71d00000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b60019190910180547fffffffffffffffffffffffffffffffffffffffffffffffff00000000000000001667ffffffffffffffff909216919091179055565b7fffffffffffffffffffffffffffffffff0000000000000000000000000000000083166000908152602081905260409020547801000000000000000000000000000000000000000000000000900460ff16611ab7576040517f0cf6459800000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b67ffffffffffffffff82161580611af6575067ffffffffffffffff811615801590611af657508167ffffffffffffffff168167ffffffffffffffff1611155b15611b2d576040517fe143a03400000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b8354700100000000000000000000000000000000900467ffffffffffffffff1615611b84576040517f2fa1d71d00000000000000000000000000000000000000000000000000000000815260040160405180910390fd5b835460809390931c7fffffffffffffffff0000000000000000000000000000000000000000000000009093169290921770010000000000000000000000000000000067ffffffffffffffff928316021777ffffffffffffffffffffffffffffffffffffffffffffffff1678010000000000000000000000000000000000000000000000009290911691909102179055565b600060208284031215611c2757600080fd5b5035919050565b80357fffffffffffffffffffffffffffffffff0000000000000000000000000000000081168114611c5e57600080fd5b919050565b803560028110611c5e57600080fd5b600080600060608486031215611c8757600080fd5b611c9084611c2e565b9250611c9e60208501611c63565b929592945050506040919091013590565b803567ffffffffffffffff81168114611c5e57600080fd5b60008060408385031215611cda57600080fd5b82359150611cea60208401611caf565b90509250929050565b803573ffffffffffffffffffffffffffffffffffffffff81168114611c5e57600080fd5b803560048110611c5e57600080fd5b60008060408385031215611d3957600080fd5b611d4283611cf3565b9150611cea60208401611d17565b60008060008060808587031215611d6657600080fd5b611d6f85611c2e565b9350611d7d60208601611c63565b925060408501359150611d9260608601611caf565b905092959194509250565b80358015158114611c5e57600080fd5b600080600060608486031215611dc257600080fd5b611dcb84611cf3565b9250611dd960208501611d17565b9150611de760408501611d9d565b90509250925092565b60008060008060808587031215611e0657600080fd5b611e0f85611c2e565b9350611e1d60208601611c2e565b9250611e2b60408601611cf3565b9150611d9260608601611d9d565b60008060008060808587031215611e4f57600080fd5b84359350611e5f60208601611c2e565b9250611e6d60408601611caf565b9150611d9260608601611caf565b600060208284031215611e8d57600080fd5b611e9682611c2e565b9392505050565b600080600060608486031215611eb257600080fd5b83359250611c9e60208501611c2e565b600080600080600060a08688031215611eda57600080fd5b611ee386611c2e565b9450611ef160208701611c63565b935060408601359250611f0660608701611caf565b9150611f1460808701611caf565b90509295509295909350565b60008060008060808587031215611f3657600080fd5b84359350611d7d60208601611caf565b60008060008060808587031215611f5c57600080fd5b84359350611d7d60208601611c2e565b7f4e487b7100000000000000000000000000000000000000000000000000000000600052602160045260246000fd5b7fffffffffffffffffffffffffffffffff00000000000000000000000000000000841681526060810160028410611fd457611fd4611f6c565b602082019390935260400152919050565b6020810160048310611ff957611ff9611f6c565b91905290565b67ffffffffffffffff8181168382160190811115612046577f4e487b7100000000000000000000000000000000000000000000000000000000600052601160045260246000fd5b9291505056",
}

// Registry is an auto generated Go binding around an Ethereum contract.
type Registry struct {
	abi abi.ABI
}

// GetABI returns the ABI associated with this contract binding.
func (c *Registry) GetABI() abi.ABI {
	return c.abi
}

// NewRegistry creates a new instance of Registry.
func NewRegistry() *Registry {
	parsed, err := RegistryMetaData.ParseABI()
	if err != nil {
		panic(errors.New("invalid ABI: " + err.Error()))
	}
	return &Registry{abi: *parsed}
}

// Instance creates a wrapper for a deployed contract instance at the given address.
// Use this to create the instance object passed to abigen v2 library functions Call, Transact, etc.
func (c *Registry) Instance(backend bind.ContractBackend, addr common.Address) *bind.BoundContract {
	return bind.NewBoundContract(addr, c.abi, backend, backend, backend)
}

// PackConstructor is the Go binding used to pack the parameters required for
// contract deployment.
//
// Solidity: constructor(address governor_) returns()
func (registry *Registry) PackConstructor(governor_ common.Address) []byte {
	enc, err := registry.abi.Pack("", governor_)
	if err != nil {
		panic(err)
	}
	return enc
}

// PackGateways is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xfbe336ff.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function gateways(bytes32 digest) view returns(bytes16 site, uint64 from, uint64 until, uint64 revoked)
func (registry *Registry) PackGateways(digest [32]byte) []byte {
	enc, err := registry.abi.Pack("gateways", digest)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackGateways is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xfbe336ff.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function gateways(bytes32 digest) view returns(bytes16 site, uint64 from, uint64 until, uint64 revoked)
func (registry *Registry) TryPackGateways(digest [32]byte) ([]byte, error) {
	return registry.abi.Pack("gateways", digest)
}

// GatewaysOutput serves as a container for the return parameters of contract
// method Gateways.
type GatewaysOutput struct {
	Site    [16]byte
	From    uint64
	Until   uint64
	Revoked uint64
}

// UnpackGateways is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xfbe336ff.
//
// Solidity: function gateways(bytes32 digest) view returns(bytes16 site, uint64 from, uint64 until, uint64 revoked)
func (registry *Registry) UnpackGateways(data []byte) (GatewaysOutput, error) {
	out, err := registry.abi.Unpack("gateways", data)
	outstruct := new(GatewaysOutput)
	if err != nil {
		return *outstruct, err
	}
	outstruct.Site = *abi.ConvertType(out[0], new([16]byte)).(*[16]byte)
	outstruct.From = *abi.ConvertType(out[1], new(uint64)).(*uint64)
	outstruct.Until = *abi.ConvertType(out[2], new(uint64)).(*uint64)
	outstruct.Revoked = *abi.ConvertType(out[3], new(uint64)).(*uint64)
	return *outstruct, nil
}

// PackGovernor is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x0c340a24.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function governor() view returns(address)
func (registry *Registry) PackGovernor() []byte {
	enc, err := registry.abi.Pack("governor")
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
func (registry *Registry) TryPackGovernor() ([]byte, error) {
	return registry.abi.Pack("governor")
}

// UnpackGovernor is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x0c340a24.
//
// Solidity: function governor() view returns(address)
func (registry *Registry) UnpackGovernor(data []byte) (common.Address, error) {
	out, err := registry.abi.Unpack("governor", data)
	if err != nil {
		return *new(common.Address), err
	}
	out0 := *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	return out0, nil
}

// PackGrant is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xf9fe5183.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function grant(bytes32 grantId, bytes16 site, bytes32 grantee, uint64 until) returns()
func (registry *Registry) PackGrant(grantId [32]byte, site [16]byte, grantee [32]byte, until uint64) []byte {
	enc, err := registry.abi.Pack("grant", grantId, site, grantee, until)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackGrant is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xf9fe5183.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function grant(bytes32 grantId, bytes16 site, bytes32 grantee, uint64 until) returns()
func (registry *Registry) TryPackGrant(grantId [32]byte, site [16]byte, grantee [32]byte, until uint64) ([]byte, error) {
	return registry.abi.Pack("grant", grantId, site, grantee, until)
}

// PackGrants is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xde1f8980.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function grants(bytes32 grantId) view returns(bytes16 site, uint64 from, uint64 until, bytes32 grantee)
func (registry *Registry) PackGrants(grantId [32]byte) []byte {
	enc, err := registry.abi.Pack("grants", grantId)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackGrants is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xde1f8980.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function grants(bytes32 grantId) view returns(bytes16 site, uint64 from, uint64 until, bytes32 grantee)
func (registry *Registry) TryPackGrants(grantId [32]byte) ([]byte, error) {
	return registry.abi.Pack("grants", grantId)
}

// GrantsOutput serves as a container for the return parameters of contract
// method Grants.
type GrantsOutput struct {
	Site    [16]byte
	From    uint64
	Until   uint64
	Grantee [32]byte
}

// UnpackGrants is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xde1f8980.
//
// Solidity: function grants(bytes32 grantId) view returns(bytes16 site, uint64 from, uint64 until, bytes32 grantee)
func (registry *Registry) UnpackGrants(data []byte) (GrantsOutput, error) {
	out, err := registry.abi.Unpack("grants", data)
	outstruct := new(GrantsOutput)
	if err != nil {
		return *outstruct, err
	}
	outstruct.Site = *abi.ConvertType(out[0], new([16]byte)).(*[16]byte)
	outstruct.From = *abi.ConvertType(out[1], new(uint64)).(*uint64)
	outstruct.Until = *abi.ConvertType(out[2], new(uint64)).(*uint64)
	outstruct.Grantee = *abi.ConvertType(out[3], new([32]byte)).(*[32]byte)
	return *outstruct, nil
}

// PackMayRead is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xd2a04be2.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function mayRead(bytes32 grantId, bytes16 site, bytes32 grantee) view returns(bool)
func (registry *Registry) PackMayRead(grantId [32]byte, site [16]byte, grantee [32]byte) []byte {
	enc, err := registry.abi.Pack("mayRead", grantId, site, grantee)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackMayRead is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xd2a04be2.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function mayRead(bytes32 grantId, bytes16 site, bytes32 grantee) view returns(bool)
func (registry *Registry) TryPackMayRead(grantId [32]byte, site [16]byte, grantee [32]byte) ([]byte, error) {
	return registry.abi.Pack("mayRead", grantId, site, grantee)
}

// UnpackMayRead is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xd2a04be2.
//
// Solidity: function mayRead(bytes32 grantId, bytes16 site, bytes32 grantee) view returns(bool)
func (registry *Registry) UnpackMayRead(data []byte) (bool, error) {
	out, err := registry.abi.Unpack("mayRead", data)
	if err != nil {
		return *new(bool), err
	}
	out0 := *abi.ConvertType(out[0], new(bool)).(*bool)
	return out0, nil
}

// PackNewestRules is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x0b921bac.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function newestRules(bytes32 name) view returns(uint64 version)
func (registry *Registry) PackNewestRules(name [32]byte) []byte {
	enc, err := registry.abi.Pack("newestRules", name)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackNewestRules is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x0b921bac.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function newestRules(bytes32 name) view returns(uint64 version)
func (registry *Registry) TryPackNewestRules(name [32]byte) ([]byte, error) {
	return registry.abi.Pack("newestRules", name)
}

// UnpackNewestRules is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x0b921bac.
//
// Solidity: function newestRules(bytes32 name) view returns(uint64 version)
func (registry *Registry) UnpackNewestRules(data []byte) (uint64, error) {
	out, err := registry.abi.Unpack("newestRules", data)
	if err != nil {
		return *new(uint64), err
	}
	out0 := *abi.ConvertType(out[0], new(uint64)).(*uint64)
	return out0, nil
}

// PackPublishRules is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xe9f89dbd.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function publishRules(bytes32 name, uint64 version, bytes32 digest, uint64 from) returns()
func (registry *Registry) PackPublishRules(name [32]byte, version uint64, digest [32]byte, from uint64) []byte {
	enc, err := registry.abi.Pack("publishRules", name, version, digest, from)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackPublishRules is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xe9f89dbd.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function publishRules(bytes32 name, uint64 version, bytes32 digest, uint64 from) returns()
func (registry *Registry) TryPackPublishRules(name [32]byte, version uint64, digest [32]byte, from uint64) ([]byte, error) {
	return registry.abi.Pack("publishRules", name, version, digest, from)
}

// PackRegistrars is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x27f9554e.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function registrars(address account, uint8 role) view returns(bool)
func (registry *Registry) PackRegistrars(account common.Address, role uint8) []byte {
	enc, err := registry.abi.Pack("registrars", account, role)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRegistrars is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x27f9554e.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function registrars(address account, uint8 role) view returns(bool)
func (registry *Registry) TryPackRegistrars(account common.Address, role uint8) ([]byte, error) {
	return registry.abi.Pack("registrars", account, role)
}

// UnpackRegistrars is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x27f9554e.
//
// Solidity: function registrars(address account, uint8 role) view returns(bool)
func (registry *Registry) UnpackRegistrars(data []byte) (bool, error) {
	out, err := registry.abi.Unpack("registrars", data)
	if err != nil {
		return *new(bool), err
	}
	out0 := *abi.ConvertType(out[0], new(bool)).(*bool)
	return out0, nil
}

// PackRevoke is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xb75c7dc6.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function revoke(bytes32 grantId) returns()
func (registry *Registry) PackRevoke(grantId [32]byte) []byte {
	enc, err := registry.abi.Pack("revoke", grantId)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRevoke is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xb75c7dc6.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function revoke(bytes32 grantId) returns()
func (registry *Registry) TryPackRevoke(grantId [32]byte) ([]byte, error) {
	return registry.abi.Pack("revoke", grantId)
}

// PackRevokeGateway is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x1b1fff33.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function revokeGateway(bytes32 digest, uint64 since) returns()
func (registry *Registry) PackRevokeGateway(digest [32]byte, since uint64) []byte {
	enc, err := registry.abi.Pack("revokeGateway", digest, since)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRevokeGateway is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x1b1fff33.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function revokeGateway(bytes32 digest, uint64 since) returns()
func (registry *Registry) TryPackRevokeGateway(digest [32]byte, since uint64) ([]byte, error) {
	return registry.abi.Pack("revokeGateway", digest, since)
}

// PackRevokeSigner is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x39f6014a.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function revokeSigner(bytes16 site, uint8 purpose, bytes32 digest, uint64 since) returns()
func (registry *Registry) PackRevokeSigner(site [16]byte, purpose uint8, digest [32]byte, since uint64) []byte {
	enc, err := registry.abi.Pack("revokeSigner", site, purpose, digest, since)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRevokeSigner is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x39f6014a.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function revokeSigner(bytes16 site, uint8 purpose, bytes32 digest, uint64 since) returns()
func (registry *Registry) TryPackRevokeSigner(site [16]byte, purpose uint8, digest [32]byte, since uint64) ([]byte, error) {
	return registry.abi.Pack("revokeSigner", site, purpose, digest, since)
}

// PackRuleSets is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x58776063.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function ruleSets(bytes32 digest) view returns(bytes32 name, uint64 version, uint64 from)
func (registry *Registry) PackRuleSets(digest [32]byte) []byte {
	enc, err := registry.abi.Pack("ruleSets", digest)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRuleSets is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x58776063.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function ruleSets(bytes32 digest) view returns(bytes32 name, uint64 version, uint64 from)
func (registry *Registry) TryPackRuleSets(digest [32]byte) ([]byte, error) {
	return registry.abi.Pack("ruleSets", digest)
}

// RuleSetsOutput serves as a container for the return parameters of contract
// method RuleSets.
type RuleSetsOutput struct {
	Name    [32]byte
	Version uint64
	From    uint64
}

// UnpackRuleSets is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x58776063.
//
// Solidity: function ruleSets(bytes32 digest) view returns(bytes32 name, uint64 version, uint64 from)
func (registry *Registry) UnpackRuleSets(data []byte) (RuleSetsOutput, error) {
	out, err := registry.abi.Unpack("ruleSets", data)
	outstruct := new(RuleSetsOutput)
	if err != nil {
		return *outstruct, err
	}
	outstruct.Name = *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	outstruct.Version = *abi.ConvertType(out[1], new(uint64)).(*uint64)
	outstruct.From = *abi.ConvertType(out[2], new(uint64)).(*uint64)
	return *outstruct, nil
}

// PackSetGateway is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x8850d337.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function setGateway(bytes32 digest, bytes16 site, uint64 from, uint64 until) returns()
func (registry *Registry) PackSetGateway(digest [32]byte, site [16]byte, from uint64, until uint64) []byte {
	enc, err := registry.abi.Pack("setGateway", digest, site, from, until)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackSetGateway is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x8850d337.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function setGateway(bytes32 digest, bytes16 site, uint64 from, uint64 until) returns()
func (registry *Registry) TryPackSetGateway(digest [32]byte, site [16]byte, from uint64, until uint64) ([]byte, error) {
	return registry.abi.Pack("setGateway", digest, site, from, until)
}

// PackSetRegistrar is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x7784d66b.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function setRegistrar(address account, uint8 role, bool may) returns()
func (registry *Registry) PackSetRegistrar(account common.Address, role uint8, may bool) []byte {
	enc, err := registry.abi.Pack("setRegistrar", account, role, may)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackSetRegistrar is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x7784d66b.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function setRegistrar(address account, uint8 role, bool may) returns()
func (registry *Registry) TryPackSetRegistrar(account common.Address, role uint8, may bool) ([]byte, error) {
	return registry.abi.Pack("setRegistrar", account, role, may)
}

// PackSetSigner is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xe03b9272.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function setSigner(bytes16 site, uint8 purpose, bytes32 digest, uint64 from, uint64 until) returns()
func (registry *Registry) PackSetSigner(site [16]byte, purpose uint8, digest [32]byte, from uint64, until uint64) []byte {
	enc, err := registry.abi.Pack("setSigner", site, purpose, digest, from, until)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackSetSigner is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xe03b9272.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function setSigner(bytes16 site, uint8 purpose, bytes32 digest, uint64 from, uint64 until) returns()
func (registry *Registry) TryPackSetSigner(site [16]byte, purpose uint8, digest [32]byte, from uint64, until uint64) ([]byte, error) {
	return registry.abi.Pack("setSigner", site, purpose, digest, from, until)
}

// PackSetSite is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x83a745ff.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function setSite(bytes16 site, bytes16 department, address keeper, bool open) returns()
func (registry *Registry) PackSetSite(site [16]byte, department [16]byte, keeper common.Address, open bool) []byte {
	enc, err := registry.abi.Pack("setSite", site, department, keeper, open)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackSetSite is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x83a745ff.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function setSite(bytes16 site, bytes16 department, address keeper, bool open) returns()
func (registry *Registry) TryPackSetSite(site [16]byte, department [16]byte, keeper common.Address, open bool) ([]byte, error) {
	return registry.abi.Pack("setSite", site, department, keeper, open)
}

// PackSignerId is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x18b184fe.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function signerId(bytes16 site, uint8 purpose, bytes32 digest) pure returns(bytes32)
func (registry *Registry) PackSignerId(site [16]byte, purpose uint8, digest [32]byte) []byte {
	enc, err := registry.abi.Pack("signerId", site, purpose, digest)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackSignerId is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x18b184fe.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function signerId(bytes16 site, uint8 purpose, bytes32 digest) pure returns(bytes32)
func (registry *Registry) TryPackSignerId(site [16]byte, purpose uint8, digest [32]byte) ([]byte, error) {
	return registry.abi.Pack("signerId", site, purpose, digest)
}

// UnpackSignerId is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x18b184fe.
//
// Solidity: function signerId(bytes16 site, uint8 purpose, bytes32 digest) pure returns(bytes32)
func (registry *Registry) UnpackSignerId(data []byte) ([32]byte, error) {
	out, err := registry.abi.Unpack("signerId", data)
	if err != nil {
		return *new([32]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	return out0, nil
}

// PackSigners is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x141774ef.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function signers(bytes32 signerId) view returns(bytes16 site, uint64 from, uint64 until, uint64 revoked)
func (registry *Registry) PackSigners(signerId [32]byte) []byte {
	enc, err := registry.abi.Pack("signers", signerId)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackSigners is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x141774ef.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function signers(bytes32 signerId) view returns(bytes16 site, uint64 from, uint64 until, uint64 revoked)
func (registry *Registry) TryPackSigners(signerId [32]byte) ([]byte, error) {
	return registry.abi.Pack("signers", signerId)
}

// SignersOutput serves as a container for the return parameters of contract
// method Signers.
type SignersOutput struct {
	Site    [16]byte
	From    uint64
	Until   uint64
	Revoked uint64
}

// UnpackSigners is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x141774ef.
//
// Solidity: function signers(bytes32 signerId) view returns(bytes16 site, uint64 from, uint64 until, uint64 revoked)
func (registry *Registry) UnpackSigners(data []byte) (SignersOutput, error) {
	out, err := registry.abi.Unpack("signers", data)
	outstruct := new(SignersOutput)
	if err != nil {
		return *outstruct, err
	}
	outstruct.Site = *abi.ConvertType(out[0], new([16]byte)).(*[16]byte)
	outstruct.From = *abi.ConvertType(out[1], new(uint64)).(*uint64)
	outstruct.Until = *abi.ConvertType(out[2], new(uint64)).(*uint64)
	outstruct.Revoked = *abi.ConvertType(out[3], new(uint64)).(*uint64)
	return *outstruct, nil
}

// PackSites is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x8eb40b4c.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function sites(bytes16 site) view returns(bytes16 department, uint64 since, bool open, address keeper)
func (registry *Registry) PackSites(site [16]byte) []byte {
	enc, err := registry.abi.Pack("sites", site)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackSites is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x8eb40b4c.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function sites(bytes16 site) view returns(bytes16 department, uint64 since, bool open, address keeper)
func (registry *Registry) TryPackSites(site [16]byte) ([]byte, error) {
	return registry.abi.Pack("sites", site)
}

// SitesOutput serves as a container for the return parameters of contract
// method Sites.
type SitesOutput struct {
	Department [16]byte
	Since      uint64
	Open       bool
	Keeper     common.Address
}

// UnpackSites is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x8eb40b4c.
//
// Solidity: function sites(bytes16 site) view returns(bytes16 department, uint64 since, bool open, address keeper)
func (registry *Registry) UnpackSites(data []byte) (SitesOutput, error) {
	out, err := registry.abi.Unpack("sites", data)
	outstruct := new(SitesOutput)
	if err != nil {
		return *outstruct, err
	}
	outstruct.Department = *abi.ConvertType(out[0], new([16]byte)).(*[16]byte)
	outstruct.Since = *abi.ConvertType(out[1], new(uint64)).(*uint64)
	outstruct.Open = *abi.ConvertType(out[2], new(bool)).(*bool)
	outstruct.Keeper = *abi.ConvertType(out[3], new(common.Address)).(*common.Address)
	return *outstruct, nil
}

// RegistryGatewayRevoked represents a GatewayRevoked event raised by the Registry contract.
type RegistryGatewayRevoked struct {
	Digest [32]byte
	Since  uint64
	Raw    *types.Log // Blockchain specific contextual infos
}

const RegistryGatewayRevokedEventName = "GatewayRevoked"

// ContractEventName returns the user-defined event name.
func (RegistryGatewayRevoked) ContractEventName() string {
	return RegistryGatewayRevokedEventName
}

// UnpackGatewayRevokedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event GatewayRevoked(bytes32 indexed digest, uint64 since)
func (registry *Registry) UnpackGatewayRevokedEvent(log *types.Log) (*RegistryGatewayRevoked, error) {
	event := "GatewayRevoked"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != registry.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(RegistryGatewayRevoked)
	if len(log.Data) > 0 {
		if err := registry.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range registry.abi.Events[event].Inputs {
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

// RegistryGatewaySet represents a GatewaySet event raised by the Registry contract.
type RegistryGatewaySet struct {
	Digest [32]byte
	Site   [16]byte
	From   uint64
	Until  uint64
	Raw    *types.Log // Blockchain specific contextual infos
}

const RegistryGatewaySetEventName = "GatewaySet"

// ContractEventName returns the user-defined event name.
func (RegistryGatewaySet) ContractEventName() string {
	return RegistryGatewaySetEventName
}

// UnpackGatewaySetEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event GatewaySet(bytes32 indexed digest, bytes16 indexed site, uint64 from, uint64 until)
func (registry *Registry) UnpackGatewaySetEvent(log *types.Log) (*RegistryGatewaySet, error) {
	event := "GatewaySet"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != registry.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(RegistryGatewaySet)
	if len(log.Data) > 0 {
		if err := registry.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range registry.abi.Events[event].Inputs {
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

// RegistryGranted represents a Granted event raised by the Registry contract.
type RegistryGranted struct {
	GrantId [32]byte
	Site    [16]byte
	Grantee [32]byte
	Until   uint64
	Raw     *types.Log // Blockchain specific contextual infos
}

const RegistryGrantedEventName = "Granted"

// ContractEventName returns the user-defined event name.
func (RegistryGranted) ContractEventName() string {
	return RegistryGrantedEventName
}

// UnpackGrantedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Granted(bytes32 indexed grantId, bytes16 indexed site, bytes32 indexed grantee, uint64 until)
func (registry *Registry) UnpackGrantedEvent(log *types.Log) (*RegistryGranted, error) {
	event := "Granted"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != registry.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(RegistryGranted)
	if len(log.Data) > 0 {
		if err := registry.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range registry.abi.Events[event].Inputs {
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

// RegistryRegistrarSet represents a RegistrarSet event raised by the Registry contract.
type RegistryRegistrarSet struct {
	Account common.Address
	Role    uint8
	May     bool
	Raw     *types.Log // Blockchain specific contextual infos
}

const RegistryRegistrarSetEventName = "RegistrarSet"

// ContractEventName returns the user-defined event name.
func (RegistryRegistrarSet) ContractEventName() string {
	return RegistryRegistrarSetEventName
}

// UnpackRegistrarSetEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event RegistrarSet(address indexed account, uint8 indexed role, bool may)
func (registry *Registry) UnpackRegistrarSetEvent(log *types.Log) (*RegistryRegistrarSet, error) {
	event := "RegistrarSet"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != registry.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(RegistryRegistrarSet)
	if len(log.Data) > 0 {
		if err := registry.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range registry.abi.Events[event].Inputs {
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

// RegistryRevoked represents a Revoked event raised by the Registry contract.
type RegistryRevoked struct {
	GrantId [32]byte
	Raw     *types.Log // Blockchain specific contextual infos
}

const RegistryRevokedEventName = "Revoked"

// ContractEventName returns the user-defined event name.
func (RegistryRevoked) ContractEventName() string {
	return RegistryRevokedEventName
}

// UnpackRevokedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Revoked(bytes32 indexed grantId)
func (registry *Registry) UnpackRevokedEvent(log *types.Log) (*RegistryRevoked, error) {
	event := "Revoked"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != registry.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(RegistryRevoked)
	if len(log.Data) > 0 {
		if err := registry.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range registry.abi.Events[event].Inputs {
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

// RegistryRulesPublished represents a RulesPublished event raised by the Registry contract.
type RegistryRulesPublished struct {
	Name    [32]byte
	Version uint64
	Digest  [32]byte
	From    uint64
	Raw     *types.Log // Blockchain specific contextual infos
}

const RegistryRulesPublishedEventName = "RulesPublished"

// ContractEventName returns the user-defined event name.
func (RegistryRulesPublished) ContractEventName() string {
	return RegistryRulesPublishedEventName
}

// UnpackRulesPublishedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event RulesPublished(bytes32 indexed name, uint64 indexed version, bytes32 digest, uint64 from)
func (registry *Registry) UnpackRulesPublishedEvent(log *types.Log) (*RegistryRulesPublished, error) {
	event := "RulesPublished"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != registry.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(RegistryRulesPublished)
	if len(log.Data) > 0 {
		if err := registry.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range registry.abi.Events[event].Inputs {
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

// RegistrySignerRevoked represents a SignerRevoked event raised by the Registry contract.
type RegistrySignerRevoked struct {
	Site    [16]byte
	Purpose uint8
	Digest  [32]byte
	Since   uint64
	Raw     *types.Log // Blockchain specific contextual infos
}

const RegistrySignerRevokedEventName = "SignerRevoked"

// ContractEventName returns the user-defined event name.
func (RegistrySignerRevoked) ContractEventName() string {
	return RegistrySignerRevokedEventName
}

// UnpackSignerRevokedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event SignerRevoked(bytes16 indexed site, uint8 indexed purpose, bytes32 indexed digest, uint64 since)
func (registry *Registry) UnpackSignerRevokedEvent(log *types.Log) (*RegistrySignerRevoked, error) {
	event := "SignerRevoked"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != registry.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(RegistrySignerRevoked)
	if len(log.Data) > 0 {
		if err := registry.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range registry.abi.Events[event].Inputs {
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

// RegistrySignerSet represents a SignerSet event raised by the Registry contract.
type RegistrySignerSet struct {
	Site    [16]byte
	Purpose uint8
	Digest  [32]byte
	From    uint64
	Until   uint64
	Raw     *types.Log // Blockchain specific contextual infos
}

const RegistrySignerSetEventName = "SignerSet"

// ContractEventName returns the user-defined event name.
func (RegistrySignerSet) ContractEventName() string {
	return RegistrySignerSetEventName
}

// UnpackSignerSetEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event SignerSet(bytes16 indexed site, uint8 indexed purpose, bytes32 indexed digest, uint64 from, uint64 until)
func (registry *Registry) UnpackSignerSetEvent(log *types.Log) (*RegistrySignerSet, error) {
	event := "SignerSet"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != registry.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(RegistrySignerSet)
	if len(log.Data) > 0 {
		if err := registry.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range registry.abi.Events[event].Inputs {
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

// RegistrySiteSet represents a SiteSet event raised by the Registry contract.
type RegistrySiteSet struct {
	Site       [16]byte
	Department [16]byte
	Keeper     common.Address
	Open       bool
	Raw        *types.Log // Blockchain specific contextual infos
}

const RegistrySiteSetEventName = "SiteSet"

// ContractEventName returns the user-defined event name.
func (RegistrySiteSet) ContractEventName() string {
	return RegistrySiteSetEventName
}

// UnpackSiteSetEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event SiteSet(bytes16 indexed site, bytes16 indexed department, address keeper, bool open)
func (registry *Registry) UnpackSiteSetEvent(log *types.Log) (*RegistrySiteSet, error) {
	event := "SiteSet"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != registry.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(RegistrySiteSet)
	if len(log.Data) > 0 {
		if err := registry.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range registry.abi.Events[event].Inputs {
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
func (registry *Registry) UnpackError(raw []byte) (any, error) {
	if bytes.Equal(raw[:4], registry.abi.Errors["Bad"].ID.Bytes()[:4]) {
		return registry.UnpackBadError(raw[4:])
	}
	if bytes.Equal(raw[:4], registry.abi.Errors["Known"].ID.Bytes()[:4]) {
		return registry.UnpackKnownError(raw[4:])
	}
	if bytes.Equal(raw[:4], registry.abi.Errors["NoGovernor"].ID.Bytes()[:4]) {
		return registry.UnpackNoGovernorError(raw[4:])
	}
	if bytes.Equal(raw[:4], registry.abi.Errors["NotGovernor"].ID.Bytes()[:4]) {
		return registry.UnpackNotGovernorError(raw[4:])
	}
	if bytes.Equal(raw[:4], registry.abi.Errors["NotKeeper"].ID.Bytes()[:4]) {
		return registry.UnpackNotKeeperError(raw[4:])
	}
	if bytes.Equal(raw[:4], registry.abi.Errors["NotNext"].ID.Bytes()[:4]) {
		return registry.UnpackNotNextError(raw[4:])
	}
	if bytes.Equal(raw[:4], registry.abi.Errors["NotRegistrar"].ID.Bytes()[:4]) {
		return registry.UnpackNotRegistrarError(raw[4:])
	}
	if bytes.Equal(raw[:4], registry.abi.Errors["Unknown"].ID.Bytes()[:4]) {
		return registry.UnpackUnknownError(raw[4:])
	}
	return nil, errors.New("Unknown error")
}

// RegistryBad represents a Bad error raised by the Registry contract.
type RegistryBad struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error Bad()
func RegistryBadErrorID() common.Hash {
	return common.HexToHash("0xe143a0341c9a473d4fa85c038fc4e4ab299201723d98e94ed08afbec71b6e5bf")
}

// UnpackBadError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error Bad()
func (registry *Registry) UnpackBadError(raw []byte) (*RegistryBad, error) {
	out := new(RegistryBad)
	if err := registry.abi.UnpackIntoInterface(out, "Bad", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RegistryKnown represents a Known error raised by the Registry contract.
type RegistryKnown struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error Known()
func RegistryKnownErrorID() common.Hash {
	return common.HexToHash("0x2fa1d71d0b3ad1063132cec322b74ff2a50c13b5527b4494462d040a931d4e22")
}

// UnpackKnownError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error Known()
func (registry *Registry) UnpackKnownError(raw []byte) (*RegistryKnown, error) {
	out := new(RegistryKnown)
	if err := registry.abi.UnpackIntoInterface(out, "Known", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RegistryNoGovernor represents a NoGovernor error raised by the Registry contract.
type RegistryNoGovernor struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NoGovernor()
func RegistryNoGovernorErrorID() common.Hash {
	return common.HexToHash("0x41730ccd9d31510a4a5bf2b27cf9af1e0c3d7e4b12045cc81381ca0464cfce3b")
}

// UnpackNoGovernorError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NoGovernor()
func (registry *Registry) UnpackNoGovernorError(raw []byte) (*RegistryNoGovernor, error) {
	out := new(RegistryNoGovernor)
	if err := registry.abi.UnpackIntoInterface(out, "NoGovernor", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RegistryNotGovernor represents a NotGovernor error raised by the Registry contract.
type RegistryNotGovernor struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NotGovernor()
func RegistryNotGovernorErrorID() common.Hash {
	return common.HexToHash("0xee3675d4180520bc89452d81739291867ac001c59ca3986e58aecd7ce4021b69")
}

// UnpackNotGovernorError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NotGovernor()
func (registry *Registry) UnpackNotGovernorError(raw []byte) (*RegistryNotGovernor, error) {
	out := new(RegistryNotGovernor)
	if err := registry.abi.UnpackIntoInterface(out, "NotGovernor", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RegistryNotKeeper represents a NotKeeper error raised by the Registry contract.
type RegistryNotKeeper struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NotKeeper()
func RegistryNotKeeperErrorID() common.Hash {
	return common.HexToHash("0xf512b2786dc2fe013a79b1a8e10af3bcfb4da22238e025c15eb572b6194eb703")
}

// UnpackNotKeeperError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NotKeeper()
func (registry *Registry) UnpackNotKeeperError(raw []byte) (*RegistryNotKeeper, error) {
	out := new(RegistryNotKeeper)
	if err := registry.abi.UnpackIntoInterface(out, "NotKeeper", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RegistryNotNext represents a NotNext error raised by the Registry contract.
type RegistryNotNext struct {
	Next uint64
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NotNext(uint64 next)
func RegistryNotNextErrorID() common.Hash {
	return common.HexToHash("0xf3652f3e2ba4b2a6a375657f96f18c8f985c34c28818191153370ef75e76897c")
}

// UnpackNotNextError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NotNext(uint64 next)
func (registry *Registry) UnpackNotNextError(raw []byte) (*RegistryNotNext, error) {
	out := new(RegistryNotNext)
	if err := registry.abi.UnpackIntoInterface(out, "NotNext", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RegistryNotRegistrar represents a NotRegistrar error raised by the Registry contract.
type RegistryNotRegistrar struct {
	Role uint8
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NotRegistrar(uint8 role)
func RegistryNotRegistrarErrorID() common.Hash {
	return common.HexToHash("0x75834804a9fccf94ea6453e8deff3171424171e3f1efeda4da87adfa0bf32d98")
}

// UnpackNotRegistrarError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NotRegistrar(uint8 role)
func (registry *Registry) UnpackNotRegistrarError(raw []byte) (*RegistryNotRegistrar, error) {
	out := new(RegistryNotRegistrar)
	if err := registry.abi.UnpackIntoInterface(out, "NotRegistrar", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RegistryUnknown represents a Unknown error raised by the Registry contract.
type RegistryUnknown struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error Unknown()
func RegistryUnknownErrorID() common.Hash {
	return common.HexToHash("0x0cf64598c0d224c06e8f9cca65ec434cddc2326c0f49b813069f0e5fada22b20")
}

// UnpackUnknownError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error Unknown()
func (registry *Registry) UnpackUnknownError(raw []byte) (*RegistryUnknown, error) {
	out := new(RegistryUnknown)
	if err := registry.abi.UnpackIntoInterface(out, "Unknown", raw); err != nil {
		return nil, err
	}
	return out, nil
}
