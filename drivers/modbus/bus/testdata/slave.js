// A Modbus RTU slave by npm's modbus-serial: unit 17 on the line in argv[2].
// Each register holds the unit in its high byte and its address in the low one.
const { ServerSerial } = require("modbus-serial");
const word = (address) => (17 << 8) | (address & 0xff);
const bit = (address) => address % 3 === 0;
const server = new ServerSerial(
  { getHoldingRegister: word, getInputRegister: word, getCoil: bit, getDiscreteInput: bit },
  { port: process.argv[2], baudRate: 9600, unitID: 17, openCallback: () => console.log("ready") },
);
server.on("error", (e) => { console.error(e); process.exit(1); });
server.on("socketError", (e) => { console.error(e); process.exit(1); });
