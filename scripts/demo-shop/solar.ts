import type { DemoCategory } from './catalogue'

export const solar: DemoCategory = {
  name: 'Solar & Lighting',
  products: [
    {
      sku: 'SOLAR-LANTERN-USB',
      name: 'Solar Lantern with Phone Charger',
      price: 1850,
      stock: 68,
      drawing: 'lantern',
      tint: 'amber',
      description:
        'A day in the sun gives six bright hours, or a whole night on low. Charges a small phone in between. Hang it, stand it or carry it.',
    },
    {
      sku: 'SOLAR-HOME-KIT-4-LIGHTS',
      name: 'Solar Home Kit with 4 Lights',
      price: 12900,
      stock: 14,
      drawing: 'solar-kit',
      tint: 'amber',
      description:
        'A 30 W panel, a battery box, four lamps with switches and a radio. Everything plugs together: no electrician needed. Lights a three-room house every evening of the year.',
    },
    {
      sku: 'SOLAR-PANEL-200W',
      name: 'Solar Panel 200 W',
      price: 9800,
      stock: 22,
      drawing: 'solar-panel',
      tint: 'blue',
      description:
        'A monocrystalline panel in an aluminium frame, 148 by 67 centimetres. Comes with a metre of cable and the usual plugs. Expect it to do its work for twenty-five years.',
    },
    {
      sku: 'LED-BULB-9W-B22',
      name: 'LED Bulb 9 W, Bayonet',
      price: 180,
      stock: 320,
      drawing: 'bulb',
      tint: 'amber',
      description:
        'As bright as an old 60 W bulb on a seventh of the power. Warm white, bayonet fitting. Bears the ups and downs of the grid between 160 and 260 volts.',
    },
    {
      sku: 'SOLAR-FLOODLIGHT-100W',
      name: 'Solar Floodlight 100 W',
      price: 4200,
      stock: 26,
      drawing: 'floodlight',
      tint: 'slate',
      description:
        'A yard light that comes on at dusk and wakes fully when somebody walks by. Panel on five metres of cable, remote control included. Rain and dust stay outside.',
    },
    {
      sku: 'HYBRID-INVERTER-3500W',
      name: 'Hybrid Inverter 3.5 kW',
      price: 58000,
      stock: 6,
      drawing: 'inverter',
      tint: 'red',
      description:
        'Takes sun, grid and battery and hands the house steady 230 volts. Changes over in a blink when the lights go out next door. To be fitted by a licensed electrician.',
    },
    {
      sku: 'LITHIUM-BATTERY-5KWH',
      name: 'Lithium Battery 5 kWh',
      price: 198000,
      stock: 4,
      drawing: 'battery',
      tint: 'green',
      description:
        'Keeps fridge, lights, router and television going through a night without power. Six thousand charges before it tires. Hangs on a wall; two people carry it.',
    },
    {
      sku: 'SOLAR-WATER-PUMP-750W',
      name: 'Solar Water Pump 750 W',
      price: 46500,
      stock: 5,
      drawing: 'water-pump',
      tint: 'teal',
      description:
        'Lifts up to three thousand litres an hour from wells of thirty metres. Runs straight from panels, with no battery and no fuel. Controller and dry-run guard included.',
    },
  ],
}
