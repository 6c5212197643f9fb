import type { DemoCategory } from './catalogue'

export const sports: DemoCategory = {
  name: 'Sports & Outdoors',
  products: [
    {
      sku: 'FOOTBALL-SIZE-5',
      name: 'Football Size 5',
      price: 1600,
      stock: 47,
      drawing: 'football',
      tint: 'green',
      description:
        'A stitched ball for dusty pitches, with a cover that does not peel. Keeps its air for weeks. Pump needle included, pump not.',
    },
    {
      sku: 'YOGA-MAT-6MM',
      name: 'Yoga Mat 6 mm',
      price: 1750,
      stock: 29,
      drawing: 'yoga-mat',
      tint: 'violet',
      description:
        'Six millimetres of grippy foam, 183 by 61 centimetres. Does not slide on tiles and rolls up with a strap. Wipe it with soap and water.',
    },
    {
      sku: 'SKIPPING-ROPE-SPEED',
      name: 'Speed Skipping Rope',
      price: 450,
      stock: 85,
      drawing: 'skipping-rope',
      tint: 'red',
      description:
        'A coated steel rope on smooth bearings, adjustable up to three metres. Ten minutes a day and the stairs get easier.',
    },
    {
      sku: 'DUMBBELL-PAIR-10KG',
      name: 'Dumbbells 2 × 10 kg',
      price: 6800,
      stock: 10,
      drawing: 'dumbbell',
      tint: 'slate',
      description:
        'A pair of rubber-coated dumbbells that are kind to the floor. Six-sided, so that they stay where they are put. The handles are ribbed for sweaty hands.',
    },
    {
      sku: 'RUNNING-SHOES-ITEN',
      name: 'Running Shoes “Iten”',
      price: 6500,
      stock: 16,
      drawing: 'running-shoe',
      tint: 'teal',
      description:
        'Light shoes for murram and tarmac, tried out by a running club above the Rift Valley. Breathable mesh and a springy sole. Sizes 38 to 46.',
    },
    {
      sku: 'MOUNTAIN-BIKE-26',
      name: 'Mountain Bike 26-inch',
      price: 21500,
      stock: 5,
      drawing: 'bicycle',
      tint: 'red',
      description:
        'Steel frame, front suspension and twenty-one gears for hills and potholes. Delivered almost assembled: handlebar, pedals and saddle remain. Tools for that are included.',
    },
    {
      sku: 'WATER-BOTTLE-STEEL-1L',
      name: 'Steel Water Bottle 1 L',
      price: 980,
      stock: 66,
      drawing: 'water-bottle',
      tint: 'blue',
      description:
        'Double-walled steel keeps water cold for a day’s hike. Wide mouth for ice, narrow lip for drinking. Fits most bicycle holders.',
    },
    {
      sku: 'CAMPING-TENT-4',
      name: 'Camping Tent for 4',
      price: 9800,
      stock: 8,
      drawing: 'tent',
      tint: 'green',
      description:
        'A dome tent that two people put up in ten minutes. The fly sheet keeps out long rains, the mesh keeps out everything with six legs. Packs to 65 centimetres and weighs five kilograms.',
    },
    {
      sku: 'TREADMILL-FOLDING-2HP',
      name: 'Folding Treadmill 2 HP',
      price: 87500,
      stock: 2,
      drawing: 'treadmill',
      tint: 'violet',
      description:
        'Walks and runs at up to 14 kilometres an hour, for users of up to 120 kilograms. Folds upright on wheels when the living room is needed. Delivered and set up within Nairobi.',
    },
  ],
}
