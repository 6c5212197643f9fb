import type { DemoCategory } from './catalogue'

export const farm: DemoCategory = {
  name: 'Tools & Farm',
  products: [
    {
      sku: 'JEMBE-FORGED',
      name: 'Forged Jembe with Handle',
      price: 850,
      stock: 62,
      drawing: 'jembe',
      tint: 'slate',
      description:
        'A forged steel blade on a smooth eucalyptus handle. Heavy enough to bite into black cotton soil. The edge can be filed again and again.',
    },
    {
      sku: 'PANGA-18-INCH',
      name: 'Panga 18-inch',
      price: 520,
      stock: 77,
      drawing: 'panga',
      tint: 'brown',
      description:
        'Carbon steel blade for hedges, napier grass and firewood. Riveted handle that stays put. Delivered blunt for safety: sharpen before use.',
    },
    {
      sku: 'CLAW-HAMMER-450G',
      name: 'Claw Hammer 450 g',
      price: 690,
      stock: 54,
      drawing: 'hammer',
      tint: 'red',
      description:
        'A balanced hammer with a steel shaft and a rubber grip. Drives four-inch nails and draws them out again. A tool to lend only to people who give things back.',
    },
    {
      sku: 'CORDLESS-DRILL-20V',
      name: 'Cordless Drill 20 V with 2 Batteries',
      price: 8900,
      stock: 11,
      drawing: 'drill',
      tint: 'amber',
      description:
        'Drills wood, metal and brick, and drives screws with adjustable force. Two batteries mean that one is always ready. Case and a set of bits included.',
    },
    {
      sku: 'KNAPSACK-SPRAYER-16L',
      name: 'Knapsack Sprayer 16 L',
      price: 3200,
      stock: 18,
      drawing: 'sprayer',
      tint: 'blue',
      description:
        'Sixteen litres on padded straps, pumped by hand on either side. Three nozzles, from mist to jet. Spare seals are in the bag and in the shop.',
    },
    {
      sku: 'WATERING-CAN-10L',
      name: 'Watering Can 10 L',
      price: 850,
      stock: 41,
      drawing: 'watering-can',
      tint: 'green',
      description:
        'A tough plastic can with a fine rose for seedlings. Balanced, so that the last litre pours as easily as the first. Will not rust.',
    },
    {
      sku: 'WHEELBARROW-65L',
      name: 'Wheelbarrow 65 L',
      price: 6900,
      stock: 9,
      drawing: 'wheelbarrow',
      tint: 'green',
      description:
        'A one-millimetre steel tray on a welded frame. The tyre is solid rubber: no punctures on thorny ground. Carries 150 kilograms.',
    },
    {
      sku: 'MAIZE-SEED-HYBRID-2KG',
      name: 'Hybrid Maize Seed 2 kg',
      price: 720,
      stock: 0,
      drawing: 'maize-seed',
      tint: 'amber',
      description:
        'Certified seed for medium altitudes, ripe in about four months. Two kilograms plant a quarter of an acre. Sold out until the next rains; the new lot is on its way.',
    },
    {
      sku: 'WATER-TANK-1000L',
      name: 'Water Tank 1,000 L',
      price: 9500,
      stock: 7,
      drawing: 'water-tank',
      tint: 'slate',
      description:
        'A three-layer plastic tank that keeps light and algae out. Lid, inlet and outlet fittings included. Delivery by lorry within 50 kilometres of Nairobi.',
    },
  ],
}
