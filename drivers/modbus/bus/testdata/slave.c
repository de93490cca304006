/* A Modbus RTU slave by libmodbus: unit 17 on the line in argv[1]. Each
 * register holds its unit in the high byte and its address in the low one. */
#include <errno.h>
#include <stdio.h>
#include <modbus.h>

int main(int argc, char **argv) {
    modbus_t *line = modbus_new_rtu(argc > 1 ? argv[1] : "", 9600, 'N', 8, 1);
    modbus_mapping_t *map = modbus_mapping_new(64, 64, 256, 256);
    unsigned char request[MODBUS_RTU_MAX_ADU_LENGTH];
    if (!line || !map) return 1;
    for (int i = 0; i < 64; i++) map->tab_bits[i] = map->tab_input_bits[i] = i % 3 == 0;
    for (int i = 0; i < 256; i++) map->tab_registers[i] = map->tab_input_registers[i] = 17 << 8 | i;
    modbus_set_slave(line, 17);
    if (modbus_connect(line) < 0) { fprintf(stderr, "%s\n", modbus_strerror(errno)); return 1; }
    puts("ready");
    fflush(stdout);
    for (;;) {
        int n = modbus_receive(line, request);
        if (n > 0) modbus_reply(line, request, n, map);
        else if (n < 0 && errno == EIO) return 0;
    }
}
